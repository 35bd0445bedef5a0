"""A tab without a browser: what Streamlit's own page sends and receives, so that only the server's side costs time."""

import contextlib
import threading
import time

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE = 120


class Session:
    """Opens a page and, as the browser does, runs its self-renewing parts again at their interval until closed."""

    def __init__(self, url, page, query):
        self._address = f"{url.replace('http', 'ws')}/_stcore/stream"
        self._page, self._query, self._script_hash = page, query, ""
        self._intervals, self._due = {}, {}
        self._settled = threading.Event()
        self.buttons = {}
        """The id of each button that was drawn, by its label."""
        self.renewals = 0
        """How many times a part was drawn again by itself."""
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def wait(self):
        """Until the page is drawn."""
        assert self._settled.wait(PATIENCE), "the page was not drawn"

    def click(self, label):
        message = self._message()
        message.rerun_script.widget_states.widgets.add(id=self.buttons[label], trigger_value=True)
        self._socket.send(message.SerializeToString())

    def close(self):
        self._socket.close()
        self._thread.join()

    def _live(self):
        with (
            contextlib.suppress(ConnectionClosed),
            connect(self._address, subprotocols=["streamlit"], max_size=None) as self._socket,
        ):
            self._socket.send(self._message().SerializeToString())
            while True:
                wait = min(self._due.values(), default=time.monotonic() + 1) - time.monotonic()
                try:
                    self._hear(ForwardMsg.FromString(self._socket.recv(timeout=max(0.0, wait))))
                except TimeoutError:
                    self._renew()

    def _hear(self, message):
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._script_hash = message.new_session.page_script_hash
        elif kind == "auto_rerun":
            again = message.auto_rerun
            self._intervals[again.fragment_id] = again.interval
            self._due[again.fragment_id] = time.monotonic() + again.interval
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "button":
            self.buttons[message.delta.new_element.button.label] = message.delta.new_element.button.id
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._settled.set()

    def _renew(self):
        now = time.monotonic()
        for fragment, due in self._due.items():
            if due <= now:
                self.renewals += 1
                self._due[fragment] = now + self._intervals[fragment]
                message = self._message()
                message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = fragment, True
                self._socket.send(message.SerializeToString())

    def _message(self):
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = "" if self._script_hash else self._page
        message.rerun_script.page_script_hash = self._script_hash
        return message
