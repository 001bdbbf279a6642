# SPDX-License-Identifier: GPL-3.0-or-later
# Drives a headless Chromium without a network through its debugging pipe (no port, no other program).
# Used by tests/report_browser.t:
#
#   with Browser() as browser:
#       page = browser.open("/tmp/page.html", scripts=True, dark=False, width=1200)
#       page.evaluate("document.title"); page.key("ArrowRight"); page.screenshot("/tmp/page.png")
#       page.faults      # console errors, exceptions, violations, and requests for anything but the page
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.parse

SECONDS = 120


class Browser:
    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="soak-chromium-")
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()

        def arrange():  # Chromium reads descriptor 3 and writes 4.
            a, b = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--remote-debugging-pipe", "--host-resolver-rules=MAP * ~NOTFOUND", "--no-first-run",
             "--disable-background-networking", "--disable-component-update",
             "--user-data-dir=" + self.profile, "about:blank"],
            preexec_fn=arrange, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        os.close(theirs_in)
        os.close(theirs_out)
        self.reader, self.writer = os.fdopen(ours_in, "rb", 0), os.fdopen(ours_out, "wb", 0)
        self.rest, self.last, self.pages = b"", 0, {}
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(30)
        except Exception:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self):
        while b"\0" not in self.rest:
            block = os.read(self.reader.fileno(), 1 << 20)
            if not block:
                raise RuntimeError("Chromium has ended")
            self.rest += block
        message, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(message)
        page = self.pages.get(message.get("sessionId"))
        if page and "method" in message:
            page.hear(message["method"], message["params"])
        return message

    def send(self, method, session=None, **parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self.writer.write(json.dumps(message).encode() + b"\0")
        return self.last

    def call(self, method, session=None, **parameters):
        number = self.send(method, session, **parameters)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            answer = self.receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
        raise RuntimeError(f"{method}: no answer in {SECONDS} s")

    def open(self, path, **options):
        return Page(self, path, **options)


class Page:
    def __init__(self, browser, path, scripts=True, dark=False, width=1200, height=900, media=""):
        self.browser, self.faults, self.loaded = browser, [], False
        self.url = "file://" + urllib.parse.quote(path)
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.pages[self.session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1,
                  uploadThroughput=-1)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=False)
        self.media(media, dark)
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Page.navigate", url=self.url)
        while not self.loaded:
            browser.receive()
        if scripts:
            self.until("document.documentElement.classList.contains('scripted')")

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def hear(self, method, event):
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Runtime.exceptionThrown":
            self.faults.append(event["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "warning", "assert"):
            self.faults.append(" ".join(str(a.get("value")) for a in event["args"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] in ("error", "warning"):
            self.faults.append(event["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.faults.append("a dialog: " + event["message"])
            self.browser.send("Page.handleJavaScriptDialog", self.session, accept=False)
        elif method == "Network.requestWillBeSent":
            url = event["request"]["url"]
            if url.split("#")[0] != self.url:
                self.faults.append("a request for " + url[:100])

    def media(self, media, dark=False):
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(expression + ": " + str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def until(self, expression):
        end = time.monotonic() + SECONDS
        while not self.evaluate(expression):
            if time.monotonic() > end:
                raise RuntimeError("never: " + expression)
            time.sleep(0.02)

    def key(self, key, text=None):
        codes = {"ArrowRight": 39, "ArrowLeft": 37, "Tab": 9, "Enter": 13}
        event = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, 0)}
        if text:
            event["text"] = text
        self.call("Input.dispatchKeyEvent", type="keyDown", **event)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def mouse(self, kind, x, y, button="none"):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, clickCount=1)

    def screenshot(self, path, whole=True):
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))
