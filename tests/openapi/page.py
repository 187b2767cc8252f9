#!/usr/bin/env python3
"""The page of the documentation in Debian's Chromium: it shows every operation, asks no other host, and complains about
nothing. A picture of it is written to the file of the first argument.
"""

import json
import os
import sys
import tempfile
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.service import Service as Driver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "clients"))

from service import API, SECRET, Service  # noqa: E402

PAGE = "/plugins/restapi/docs/index.html"

# Without the background services of the browser, which ask hosts of their own.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,2000",
]


def browser(profile):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in [*FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Driver("/usr/bin/chromedriver"))


def operations(service):
    """Method and path of every operation, as the document has them."""
    answer = service.request("GET", API + "/openapi.json", {"Authorization": SECRET})
    paths = json.loads(answer.text)["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def shown(driver):
    """Method and path of every operation, as the page has them."""
    script = """return [...document.querySelectorAll('.opblock-summary')].map(block =>
        [block.querySelector('.opblock-summary-method').innerText, block.querySelector('[data-path]').dataset.path])"""
    return {(method, path) for method, path in driver.execute_script(script)}


def requested(driver):
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


def main():
    service = Service({"userservice.enabled": "true"})
    failures = []
    try:
        with tempfile.TemporaryDirectory() as profile:
            driver = browser(profile)
            try:
                driver.get(service.url + PAGE)
                expected = operations(service)
                wait = WebDriverWait(driver, 60)
                wait.until(lambda d: len(d.find_elements(By.CSS_SELECTOR, ".opblock-summary")) >= len(expected))
                if shown(driver) != expected:
                    failures.append(f"shown and described differ: {shown(driver) ^ expected}")
                # One operation opened: its parameters and examples are drawn too.
                driver.find_element(By.CSS_SELECTOR, "#operations-Users-createUser .opblock-summary-control").click()
                wait.until(lambda d: "s3cret" in d.find_element(By.ID, "operations-Users-createUser").text)
                driver.save_screenshot(sys.argv[1])
                own = urlsplit(service.url).netloc
                for url in requested(driver):
                    if urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc != own:
                        failures.append(f"asked another host: {url}")
                failures += [f"console: {entry['message']}" for entry in driver.get_log("browser")]
            finally:
                driver.quit()
    finally:
        service.stop()
    for failure in failures:
        print(failure)
    print(f"{len(expected)} operations shown" if not failures else f"{len(failures)} failures")
    return bool(failures)


sys.exit(main())
