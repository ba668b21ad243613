"""What the guards on the wire say when they begin, in English and Chinese."""

from __future__ import annotations

from typing import Final

PROXY: Final[dict[str, tuple[str, str]]] = {
    "proxy-listens": ("listening on {listen}, before {upstream}", "监听 {listen}, 其后为 {upstream}"),
    "proxy-address": (
        "`{option}` is `{text}`; accepted: HOST:PORT, as 127.0.0.1:5039 or [::1]:5039",
        "`{option}` 为 `{text}`; 可接受: 主机:端口, 如 127.0.0.1:5039 或 [::1]:5039",
    ),
    "proxy-pair": (
        "`--tls-cert` and `--tls-key` belong together: the certificate, and its key",
        "`--tls-cert` 与 `--tls-key` 须同时给出: 证书及其密钥",
    ),
    "proxy-open": (
        "`--listen` is not this host alone, where passwords cross in the clear: give `--tls-cert` and `--tls-key`, or `--insecure`",
        "`--listen` 不限于本机, 密码将以明文传输: 请给出 `--tls-cert` 和 `--tls-key`, 或写明 `--insecure`",
    ),
    "proxy-pem": ("`{path}` is no certificate, or not the key's", "`{path}` 不是证书, 或与密钥不符"),
    "proxy-pattern": ("`--internal` is `{text}`, no regular expression: {why}", "`--internal` 为 `{text}`, 不是正则表达式: {why}"),
    "proxy-decided": (
        "`--allow {name}`: it places calls and is always decided; accepted: commands of the third table, `cli:…` or `app:…`",
        "`--allow {name}`: 它会发起呼叫, 始终需判断; 可接受: 第三张表中的命令、`cli:…` 或 `app:…`",
    ),
}
