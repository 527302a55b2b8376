"""A server on this machine that answers like Castor's API, as public clients of it expect, or as it should not."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CLIENT, SECRET, TOKEN = "A1B2C3D4-0000-1111-2222-333344445555", "5ec3e7" * 5, "t0k3n" * 8
STUDY = "9F8E7D6C-0000-1111-2222-333344445555"
DATA = (
    '"Study ID";"Record ID";"Form Type";"Form Instance ID";"Form Instance Name";"Field ID";"Value";"Date";"User ID"\n'
    '"S";"TUK-001";"Study";"";"";"F-SEX";"2";"2020-01-04 09:30:00";"U"\n'
    '"S";"TUK-001";"Study";"";"";"F-DRUGS";"1;2";"2020-01-04 09:30:00";"U"\n'
    '"S";"TUK-002";"Study";"";"";"F-SEX";"Missing (not asked)";"2020-01-04 09:30:00";"U"\n'
    '"S";"TUK-001";"Report";"I-1";"Ablation - 1";"F-DATE";"05-01-2020";"2020-01-10 08:00:00";"U"\n'
    '"S";"TUK-001";"Report";"I-1";"Ablation - 1";"F-SIZE";"2.5";"2020-01-10 08:00:00";"U"\n'
    '"S";"TUK-002";"Report";"I-2";"Ablation - 1";"F-DATE";"07-02-2020";"2020-01-10 08:00:00";"U"\n'
    '"S";"TUK-002";"Report";"I-2";"Ablation - 1";"F-SIZE";"##USER_MISSING_95##";"2020-01-10 08:00:00";"U"\n'
    '"S";"TUK-002";"Survey";"V-1";"EORTC QLQ-C30";"F-QOL";"61";"2020-01-10 08:00:00";"U"\n'
)
STRUCTURE = (
    '"Study ID";"Form Type";"Form Collection ID";"Form Collection Name";"Form Collection Order";"Form ID";"Form Name";'
    '"Form Order";"Field ID";"Field Variable Name";"Field Label";"Field Type";"Field Order";"Field Required";'
    '"Calculation Template";"Field Option Group"\n'
    '"S";"Study";"P-1";"Treatment";"1";"X";"Patient";"1";"F-SEX";"sex";"Sex";"radio";"1";"1";"";"G-SEX"\n'
    '"S";"Study";"P-1";"Treatment";"1";"X";"Patient";"1";"F-DRUGS";"drugs";"Drugs";"checkbox";"2";"1";"";"G-DRUGS"\n'
    '"S";"Study";"P-2";"Follow-up";"2";"X2";"Scan";"1";"F-SCAN";"scan_date";"Scan";"date";"1";"1";"";""\n'
    '"S";"Report";"R-1";"Ablation session";"1";"X3";"Ablation";"1";"F-DATE";"abl_date";"Date";"date";"1";"1";"";""\n'
    '"S";"Report";"R-1";"Ablation session";"1";"X3";"Ablation";"1";"F-SIZE";"abl_size";"Size";"numeric";"2";"1";"";""\n'
    '"S";"Survey";"Q-1";"EORTC QLQ-C30";"1";"X4";"Questions";"1";"F-QOL";"qol_score";"QoL";"numeric";"1";"1";"";""\n'
)
OPTIONS = (
    '"Study ID";"Option Group Id";"Option Group Name";"Option Id";"Option Name";"Option Value"\n'
    '"S";"G-SEX";"Sex";"O1";"male";"1"\n"S";"G-SEX";"Sex";"O2";"female";"2"\n'
    '"S";"G-DRUGS";"Drugs";"O3";"FOLFOX";"1"\n"S";"G-DRUGS";"Drugs";"O4";"5-FU / LV";"2"\n'
    '"S";"G-DRUGS";"Drugs";"O5";"FOLFIRI";"3"\n'
)
PARTICIPANTS = [
    {"participant_id": f"TUK-00{n}", "archived": n == 4, "_embedded": {"site": {"abbreviation": "KAR"}}}
    for n in (1, 2, 3, 4)
]
"""003 has no values yet, 004 is archived."""
INSTANCES = [
    {"id": "I-1", "name": "Ablation - 1", "parent_id": "P-1", "parent_type": "visit", "participant_id": "TUK-001"},
    {"id": "I-2", "name": "Ablation - 1", "parent_id": "P-2", "parent_type": "visit", "participant_id": "TUK-002"},
]
for _one in INSTANCES:
    _one["repeating_data_name"] = "Ablation session"

CSV, JSON, HTML = "text/csv; charset=utf-8", "application/hal+json", "text/html"


@dataclass
class Answer:
    """One answer: status, body, type, more headers, and the length that is promised where it is not the body's."""

    status: int = 200
    body: str | bytes = ""
    kind: str = CSV
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None


@dataclass
class CastorServer:
    """The server: what it answers by path, and what it was asked. `first` are answers given before, one by one."""

    address: str = ""
    data: str = DATA
    structure: str = STRUCTURE
    options: str = OPTIONS
    participants: list[dict] = field(default_factory=lambda: list(PARTICIPANTS))
    instances: list[dict] = field(default_factory=lambda: list(INSTANCES))
    page_items: int = 2
    first: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    change: Callable[[str, Answer], Answer] = lambda path, answer: answer

    @property
    def study(self) -> str:
        """The address of the study's API."""
        return f"{self.address}/api/study/{STUDY}/"

    def answer(self, path: str, query: dict[str, list[str]]) -> Answer:
        """What the server answers to a request with the right token."""
        name = path.removeprefix(f"/api/study/{STUDY}/")
        exports = {"export/data": self.data, "export/structure": self.structure, "export/optiongroups": self.options}
        if name in exports:
            return Answer(body=exports[name])
        lists = {
            "participant": ("participants", self.participants),
            "repeating-data-instance": ("repeatingDataInstance", self.instances),
        }
        if name not in lists:
            return Answer(404, "{}", JSON)
        key, items = lists[name]
        if not items:
            return Answer(404, json.dumps({"detail": "There are no instances."}), JSON)
        page = int(query["page"][0])
        part = items[(page - 1) * self.page_items : page * self.page_items]
        content = {
            "page": page,
            "page_count": -(-len(items) // self.page_items),
            "total_items": len(items),
            "_embedded": {key: part},
        }
        return Answer(body=json.dumps(content), kind=JSON)


@contextmanager
def castor_server(context: ssl.SSLContext | None = None) -> Iterator[CastorServer]:
    """A running server, with TLS if there is a context, stopped after the block."""
    server = CastorServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            right = form.get("client_id") == [CLIENT] and form.get("client_secret") == [SECRET]
            found = Answer(body=json.dumps({"access_token": TOKEN, "expires_in": 18000}), kind=JSON)
            self._send(found if right else Answer(400, json.dumps({"error": "invalid_client"}), JSON))

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            right = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            self._send(
                server.answer(parts.path, parse_qs(parts.query))
                if right
                else Answer(401, json.dumps({"detail": "Unauthorized"}), JSON)
            )

        def _send(self, answer: Answer) -> None:
            path = urlsplit(self.path).path.removeprefix(f"/api/study/{STUDY}/")
            server.asked.append(path)
            queue = server.first.get(path, [])
            answer = queue.pop(0) if queue else server.change(path, answer)
            body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body) if answer.promised is None else answer.promised))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        running.socket = context.wrap_socket(running.socket, server_side=True)
    scheme = "http" if context is None else "https"
    server.address = f"{scheme}://127.0.0.1:{running.server_port}"
    thread = threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        running.shutdown()
        thread.join()
        running.server_close()
