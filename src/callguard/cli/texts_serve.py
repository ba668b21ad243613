"""What `serve` says, and its help, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.cli.helps import Pair

SERVE: Final[dict[str, Pair]] = {
    "serve-started": ("listening on {where}", "正在监听 {where}"),
    "serve-address": (
        "`--listen` is `{text}`; accepted: HOST:PORT, as 127.0.0.1:8731 or [::1]:8731",
        "`--listen` 为 `{text}`; 可接受: 主机:端口, 如 127.0.0.1:8731 或 [::1]:8731",
    ),
    "serve-needs-tokens": (
        "`{address}` can be reached from other hosts, so whoever asks needs a token: `--tokens FILE` or CALLGUARD_TOKENS",
        "`{address}` 可从其他主机访问, 因此须用令牌: `--tokens FILE` 或 CALLGUARD_TOKENS",
    ),
    "serve-no-tls": (
        "what is asked here can be read on its way: give `--tls-cert` and `--tls-key`, or put a proxy with TLS in front",
        "此处的请求在途中可被读取: 请用 `--tls-cert` 和 `--tls-key`, 或在前面放置带 TLS 的代理",
    ),
    "serve-mode": (
        "`--mode` is `{text}`; accepted: octal, as 0600 or 0660",
        "`--mode` 为 `{text}`; 可接受: 八进制, 如 0600 或 0660",
    ),
    "serve-mode-open": (
        "with mode {mode} anybody on this host may ask: give `--tokens`, or take 0600 or 0660",
        "模式 {mode} 使本机任何人都可询问: 请用 `--tokens`, 或改为 0600 或 0660",
    ),
    "serve-mode-alone": (
        "`--mode` is a socket's: give `--socket`, or leave it out",
        "`--mode` 用于套接字: 请给出 `--socket`, 或去掉",
    ),
}

SHORT: Final[dict[str, Pair]] = {"serve": ("Answer dialers in any language, over HTTP", "经 HTTP 为任何语言的拨号程序作答")}

COMMANDS: Final[dict[str, Pair]] = {
    "serve": (
        (
            "Answer over HTTP: decide, decide many, explain, refuse, attempts and their outcomes, health, metrics; /openapi.json "
            "describes it. Listens on a Unix socket that its mode guards, or on TCP, where other hosts need a token. A policy "
            "that has changed is read again, on SIGHUP at once; SIGTERM ends it when all is answered."
        ),
        (
            "经 HTTP 作答: 判断、批量判断、逐条说明、拒绝、呼叫尝试及结果、健康、指标; 说明见 /openapi.json。监听由权限保护的 Unix "
            "套接字, 或 TCP (其他主机须用令牌)。策略有改动即重新读取, 收到 SIGHUP 立即读取; SIGTERM 答完后结束。"
        ),
    ),
}

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "serve": (
        "callguard serve --socket /run/callguard/callguard.sock --mode 0660",
        "callguard serve --listen 0.0.0.0:8731 --tokens tokens --tls-cert cert.pem --tls-key key.pem",
    ),
}

STATUS: Final[dict[str, Pair]] = {
    "serve": ("0 ended as it was told, 2 could not serve", "0 按要求结束, 2 无法提供服务"),
}

OPTIONS: Final[dict[str, Pair]] = {
    "serve.socket": ("the Unix socket to listen on", "要监听的 Unix 套接字"),
    "serve.mode": ("the socket's mode (default: 0600)", "套接字的权限 (默认 0600)"),
    "serve.listen": ("the address to listen on (default: 127.0.0.1:8731)", "要监听的地址 (默认 127.0.0.1:8731)"),
    "serve.tokens": (
        "a file of `name = token` lines, mode 0600; else CALLGUARD_TOKENS",
        "令牌文件, 每行 `名称 = 令牌`, 权限 0600; 否则 CALLGUARD_TOKENS",
    ),
    "serve.consents": ("take consents, and lift refusals, too", "也接受同意和解除拒绝"),
    "serve.tls_cert": ("the certificate, for TLS", "TLS 证书"),
    "serve.tls_key": ("its key", "证书的密钥"),
    "serve.drain": ("seconds from not being ready to the end (default: 0)", "从未就绪到结束的秒数 (默认 0)"),
    "serve.concurrency": ("requests at once, at most (default: 256)", "同时处理的请求数上限 (默认 256)"),
}
