cimport cython
from libc.stdint cimport int64_t, uint8_t, uint32_t
from callguard._core cimport native
from callguard._core.delta cimport Delta, Slots
from callguard._core.line cimport Table
from callguard._core.plan cimport Plan
from callguard._core.trie cimport Trie

@cython.final
cdef class Sweep:
    cdef Table _table
    cdef Plan _plan
    cdef Trie _trie
    cdef Slots _slots, _attempts
    cdef Delta _often
    cdef bint _listing, _changed, _counting
    cdef int64_t _low, _high, _national
    cdef int64_t _listed, _further, _refusals, _unsure, _least
    cdef object _held
    cdef uint8_t* _codes
    cdef uint8_t* _by_leaf
    cdef const int64_t* _values
    cdef const uint8_t* _data
    cdef const uint32_t* _short_ends
    cdef const int64_t* _long_ends
    cdef int64_t _wide
    cdef public int64_t foremost, on_list, refused

    @cython.locals(size=int64_t, numbers=native.to_long_pointer, state=native.state_pointer)
    cpdef run(self, int64_t start, int64_t stop)
    @cython.locals(n=int64_t, first=int64_t, size=int64_t)
    cdef inline int64_t _number(self, int64_t i) noexcept nogil
    @cython.locals(leaf=int64_t, code=int64_t, marked=int64_t)
    cpdef int64_t code(self, int64_t n) noexcept
    @cython.locals(shelves=native.to_long_pointer, places=native.to_long_pointer, leaves=native.to_long_pointer, i=int64_t,
                   code=int64_t, found=int64_t)
    cdef void _group(self, int64_t start, int64_t size, int64_t* numbers) noexcept nogil

@cython.locals(count=int64_t, out=native.to_long_pointer, i=int64_t, n=int64_t)
cpdef bytearray numbers_of(Table table, list callees)
