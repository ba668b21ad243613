"""The help of the guards on the wire, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callguard.cli.helps import Pair

SHORT: Final[dict[str, Pair]] = {
    "proxy": ("Guards on the wire, before a switch", "交换机前的协议守卫"),
    "proxy ami": ("Guard Asterisk's manager (AMI)", "守卫 Asterisk 管理接口 (AMI)"),
    "proxy esl": ("Guard FreeSWITCH's event socket (ESL)", "守卫 FreeSWITCH 事件套接字 (ESL)"),
}
_BOTH: Final[Pair] = (
    (
        " Whatever places a call is decided, counted and logged before the switch sees it; a denial is answered in the protocol's"
        " own words. What is known to place none is passed; all else is denied, unless `--allow` names it. What a call is for and"
        " which number it is placed from say its variables CALLGUARD_CAMPAIGN and CALLGUARD_CALLER, or its caller ID, else the"
        " options. Runs until SIGTERM."
    ),
    (
        "发起呼叫的命令在到达交换机之前先判断、计次、记日志; 拒绝以协议自身的方式答复。已知不发起呼叫的放行; "
        "其余一律拒绝, 除非以 `--allow` 指明。用途和主叫取自呼叫变量 CALLGUARD_CAMPAIGN、CALLGUARD_CALLER 或主叫显示, "
        "否则取自选项。运行至收到 SIGTERM。"
    ),
)
COMMANDS: Final[dict[str, Pair]] = {
    "proxy": (
        "Stand between any client and a switch, and decide every command that places a call.",
        "置于任何客户端与交换机之间, 判断每条发起呼叫的命令。",
    ),
    "proxy ami": ("Stand between clients and Asterisk's manager." + _BOTH[0], "置于客户端与 Asterisk 管理接口之间。" + _BOTH[1]),
    "proxy esl": (
        "Stand between clients and FreeSWITCH's event socket." + _BOTH[0],
        "置于客户端与 FreeSWITCH 事件套接字之间。" + _BOTH[1],
    ),
}
EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "proxy": ("callguard proxy ami --listen 127.0.0.1:5039 --upstream 127.0.0.1:5038",),
    "proxy ami": (
        "callguard proxy ami --listen 127.0.0.1:5039 --upstream 127.0.0.1:5038 \\",
        "    --campaign survey --caller 010-8555-0100 --internal 'PJSIP/1\\d{3}'",
    ),
    "proxy esl": (
        "callguard proxy esl --listen 127.0.0.1:8022 --upstream 127.0.0.1:8021 \\",
        "    --internal 'user/1\\d{3}(@.*)?'",
    ),
}
_ENDED: Final[Pair] = ("0 told to stop, 2 could not begin", "0 按要求停止, 2 无法开始")
STATUS: Final[dict[str, Pair]] = {
    "proxy": ("0 shown", "0 已显示"),
    "proxy ami": _ENDED,
    "proxy esl": _ENDED,
}
OPTIONS: Final[dict[str, Pair]] = {
    "metrics": (
        "where `GET /metrics` answers with counters for Prometheus; without it nowhere",
        "以 `GET /metrics` 提供 Prometheus 计数的地址; 默认不提供",
    ),
    "listen": ("where clients connect; port 0 takes a free one", "客户端连接的地址; 端口 0 取空闲端口"),
    "upstream": ("where the switch is", "交换机地址"),
    "internal": (
        "a pattern of targets inside, matched whole: they are not decided; repeatable",
        "内部目标的正则 (整体匹配), 不作判断; 可重复",
    ),
    "allow": (
        "a command of the third table to be passed, `cli:…`, `app:…`; repeatable",
        "放行第三张表中的命令、`cli:…`、`app:…`; 可重复",
    ),
    "tls_cert": ("the certificate for clients, PEM", "面向客户端的证书, PEM"),
    "tls_key": ("its key, PEM", "证书的密钥, PEM"),
    "upstream_tls": ("speak TLS to the switch, and check its certificate", "以 TLS 连接交换机并校验其证书"),
    "upstream_ca": ("what its certificate is checked by, PEM (implies --upstream-tls)", "校验所用的 CA, PEM (含 --upstream-tls)"),
    "insecure": ("listen for other hosts without TLS", "无 TLS 也向其他主机监听"),
    "connections": ("clients at once, at most (default: 256)", "同时连接的客户端上限 (默认 256)"),
    "proxy ami.campaign": ("what a call is for that says nothing of it", "呼叫未说明用途时的活动"),
    "proxy esl.campaign": ("what a call is for that says nothing of it", "呼叫未说明用途时的活动"),
    "proxy ami.caller": ("the number of a call that says none", "呼叫未说明主叫时的号码"),
    "proxy esl.caller": ("the number of a call that says none", "呼叫未说明主叫时的号码"),
}
