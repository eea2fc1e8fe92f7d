"""Load for `bench_wechat`: sealed callbacks, each on time whatever the others do, and a platform that says ok."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from urllib.parse import urlencode

import psutil

from handoff.wechat_sim.people import sealed_post
from handoff.wechat_sim.platform import SimAccount
from tests.support.processes import free_port

CONNECTIONS = 100
PATIENCE = 30.0
KEY = "A" * 43
ACCOUNTS = f"""
[shop]
app_id = "wxshop"
original_id = "gh_shop"
token = "shoptoken"
aes_key = "{KEY}"
secret = "shop-app-secret"
"""


@dataclass(frozen=True)
class Load:
    """Milliseconds from the moment a callback was due to its `success`; ``cpu`` milliseconds of the gateway for each.

    ``late`` is the most that the callers themselves were behind.
    """

    answered: int
    refused: int
    p50: float
    p99: float
    most: float
    late: float
    cpu: float


def run_load(port: int, pid: int, rate: int, seconds: float, people: int, name: str) -> Load:
    """Post ``rate`` callbacks a second for ``seconds``, from ``people`` in turn; for a process of its own."""
    posts = [_post(number, f"o{name}{number % people}", f"{name}{number}") for number in range(int(rate * seconds))]
    return asyncio.run(_send_all(port, pid, posts, rate))


def _post(number: int, openid: str, msg_id: str) -> bytes:
    account = SimAccount("shop", "wxshop", "gh_shop", "", token="shoptoken", aes_key=KEY)
    fields = {"ToUserName": "gh_shop", "FromUserName": openid, "CreateTime": str(int(time.time())), "MsgType": "text"}
    query, body, _ = sealed_post(account, fields | {"Content": f"第 {number} 个问题", "MsgId": msg_id})
    content = body.encode()
    head = f"POST /wechat/shop?{urlencode(query)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


async def _send_all(port: int, pid: int, posts: list[bytes], rate: int) -> Load:
    free: asyncio.Queue[Line] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await Line.to(port))
    times: list[float] = []
    refused, late = 0, 0.0

    async def send(post: bytes, due: float) -> None:
        nonlocal refused
        line = await free.get()
        try:
            good = await asyncio.wait_for(line.ask(post), PATIENCE)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            good, line = False, await Line.to(port)
        free.put_nowait(line)
        if good:
            times.append((time.perf_counter() - due) * 1000)
        else:
            refused += 1

    used, start = _cpu(pid), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, post in enumerate(posts):
            due = start + number / rate
            if (ahead := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            late = max(late, time.perf_counter() - due)
            group.create_task(send(post, due))
    used = (_cpu(pid) - used) * 1000 / max(1, len(times))
    times.sort()
    most = times[-1] if times else 0.0
    return Load(len(times), refused, _at(times, 0.5), _at(times, 0.99), most, late * 1000, used)


@dataclass
class Line:
    """One connection of the platform; small, because a client that is slower than the gateway measures itself."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, port: int) -> Line:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, post: bytes) -> bool:
        self.writer.write(post)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = await self.reader.readexactly(int(length.split(b":")[1]))
        return head.startswith(b"HTTP/1.1 200") and body == b"success"


def _cpu(pid: int) -> float:
    spent = psutil.Process(pid).cpu_times()
    return spent.user + spent.system


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@contextmanager
def platform() -> Iterator[int]:
    """Port of a platform in a process of its own that gives a token and takes every message."""
    start = multiprocessing.get_context("spawn")
    here, there = start.Pipe()
    child = start.Process(target=_serve_platform, args=(there,), daemon=True)
    child.start()
    try:
        yield int(here.recv())
    finally:
        child.kill()
        child.join(10)


def _serve_platform(line: Pipe) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    async def token(_request: Request) -> Response:
        return JSONResponse({"access_token": "t" * 136, "expires_in": 7200})

    async def taken(request: Request) -> Response:
        await request.body()
        return JSONResponse({"errcode": 0, "errmsg": "ok"})

    app = Starlette(
        routes=[Route("/cgi-bin/stable_token", token, methods=["POST"]), Route("/{path:path}", taken, methods=["POST"])]
    )
    port = free_port()
    line.send(port)
    uvicorn.run(app, port=port, log_config=None, access_log=False)
