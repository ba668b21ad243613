"""Adapters: the guard put into what places calls, each file for one of them, its library loaded only there."""
