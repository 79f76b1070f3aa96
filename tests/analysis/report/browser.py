"""A headless Chromium, driven through a pipe: no port, no network, no package.

The protocol is Chromium's own (DevTools): JSON messages ended by a zero byte,
to file descriptor 3 of the browser and from its descriptor 4.
"""

import json
import os
import select
import subprocess
import time


class Error(Exception):
    pass


class Browser:
    """One page. Console errors, uncaught exceptions and requests are kept."""

    def __init__(self, binary, profile):
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()

        def connect():
            # Above 4 first, so that neither covers the other.
            here, there = os.dup(to_browser), os.dup(from_browser)
            os.dup2(here, 3)
            os.dup2(there, 4)

        environment = dict(os.environ, HOME=profile)
        self._process = subprocess.Popen(
            [
                binary,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-extensions",
                "--no-first-run",
                "--hide-scrollbars",
                "--user-data-dir=" + profile,
                "--remote-debugging-pipe",
                "about:blank",
            ],
            preexec_fn=connect,
            close_fds=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._next_id = 0
        self._received = b""
        self._events = []
        self._session = None
        self.errors = []
        self.requests = []
        self.call(
            "Browser.grantPermissions",
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        )
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t for t in targets if t["type"] == "page")
        self._session = self.call(
            "Target.attachToTarget", targetId=page["targetId"], flatten=True
        )["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    def close(self):
        try:
            self._session = None
            self.call("Browser.close")
            self._process.wait(10)
        except (Error, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    def call(self, method, **parameters):
        self._next_id += 1
        message = {"id": self._next_id, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        while True:
            answer = self._receive(60)
            if answer.get("id") == self._next_id:
                if "error" in answer:
                    raise Error(method + ": " + answer["error"]["message"])
                return answer["result"]
            self._note(answer)

    def load(self, url):
        # Another page first: only a fragment that changes loads nothing.
        for target in ("about:blank", url):
            self._events.clear()
            self.call("Page.navigate", url=target)
            end = time.monotonic() + 60
            while "Page.loadEventFired" not in self._events:
                self._note(self._receive(end - time.monotonic()))

    def evaluate(self, expression):
        """The value of a JavaScript expression, awaited if it is a promise."""
        result = self.call(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            text = details.get("exception", {}).get("description", "")
            raise Error(text or details["text"])
        return result["result"].get("value")

    def key(self, key, code=None, text=None, virtual=0):
        common = dict(key=key, code=code or key, windowsVirtualKeyCode=virtual)
        down = dict(common, type="keyDown")
        if text:
            down["text"] = text
        self.call("Input.dispatchKeyEvent", **down)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def _receive(self, seconds):
        end = time.monotonic() + seconds
        while b"\0" not in self._received:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._read], [], [], left)[0]:
                raise Error("the browser did not answer in time")
            piece = os.read(self._read, 1 << 20)
            if not piece:
                raise Error("the browser has ended")
            self._received += piece
        message, _, self._received = self._received.partition(b"\0")
        return json.loads(message)

    def _note(self, event):
        method = event.get("method")
        parameters = event.get("params", {})
        self._events.append(method)
        if method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(parameters["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            if parameters["type"] in ("error", "warning", "assert"):
                self.errors.append(json.dumps(parameters["args"]))
        elif method == "Log.entryAdded":
            if parameters["entry"]["level"] in ("error", "warning"):
                self.errors.append(json.dumps(parameters["entry"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
