"""Headless Chromium, driven through WebDriver.  Its calls block: make them in a thread."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.gateway.monitor.served import PASSWORD

DESKTOP, PHONE, SMALL_PHONE = (1280, 900), (390, 844), (360, 780)
_WAIT_SECONDS = 20.0
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip


class Browser:
    """One window on the monitor at `base`, whose users all have the same password."""

    def __init__(self, driver: webdriver.Chrome, base: str, password: str) -> None:
        self.driver = driver
        self.base = base
        self._password = password

    def open(self, path: str) -> None:
        self.driver.get(self.base + path)

    @property
    def path(self) -> str:
        """Where it is."""
        return self.driver.current_url.removeprefix(self.base)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.find(selector).text

    def until(self, condition: Callable[[], Any], what: str, seconds: float = _WAIT_SECONDS) -> Any:
        """Wait for something true; what it was."""
        return WebDriverWait(self.driver, seconds, 0.1).until(lambda _: condition(), f"{what}: {self.path}")

    def sign_in(self, name: str, language: str = "en") -> None:
        self.open(f"/sign-in?lang={language}")
        self.fill("main form", name=name, password=self._password)
        self.until(lambda: not self.path.startswith("/sign-in"), "signing in")

    def fill(self, form: str, **fields: str) -> None:
        """Write into a form's fields, choose where it is a choice, and send it."""
        for name, value in fields.items():
            field = self.find(f"{form} [name='{name}']")
            if field.tag_name == "select":
                Select(field).select_by_value(value)
            else:
                field.clear()
                field.send_keys(value)
        button = self.find(f"{form} button")
        page = self.find("html")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        self.until(lambda: self.is_gone(page), "the form's answer")

    def follow(self, selector: str) -> None:
        """Go where a link leads."""
        self.driver.get(str(self.find(selector).get_attribute("href")))

    def is_gone(self, element: WebElement) -> bool:
        """Whether the page that it was on has been left."""
        try:
            return not element.is_enabled()
        except StaleElementReferenceException:
            return True
        except WebDriverException as fault:  # what chromedriver says if it is asked while the page goes
            if "does not belong to the document" in str(fault):
                return True
            raise

    def download(self, selector: str) -> str:
        """The text that a link gives to whoever is signed in here."""
        href = self.find(selector).get_attribute("href")
        script = "const done = arguments[1]; fetch(arguments[0]).then(got => got.text()).then(done, () => done(''))"
        return str(self.driver.execute_async_script(script, href))

    def sign_out(self) -> None:
        self.find("form[action='/sign-out'] button").click()
        self.until(lambda: self.path.startswith("/sign-in"), "signing out")

    def navigation(self) -> list[str]:
        """The paths that the page's navigation offers."""
        return [str(link.get_attribute("href")).removeprefix(self.base) for link in self.all("header nav a")]

    def resize(self, size: tuple[int, int]) -> None:
        self.driver.set_window_size(*size)

    def is_wider_than_its_window(self) -> bool:
        return bool(self.driver.execute_script("return document.documentElement.scrollWidth > window.innerWidth"))

    def complaints(self) -> list[str]:
        """What the browser had to say since the last call: errors of scripts, refusals of the policy, missing files."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def has_visible_focus(self) -> bool:
        """Whether the element that has the focus is drawn with an outline."""
        script = "const of = getComputedStyle(document.activeElement); return [of.outlineStyle, of.outlineWidth]"
        style, width = self.driver.execute_script(script)
        return bool(style != "none" and float(width.removesuffix("px")) >= 2)

    def octets_loaded(self) -> int:
        """What the page and all that it asked for weighed on the wire, in octets; streams and JSON aside."""
        return int(
            self.driver.execute_script(
                "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
                ".filter(each => !['fetch', 'other'].includes(each.initiatorType))"
                ".reduce((sum, each) => sum + each.transferSize, 0)"
            )
        )

    def picture(self, name: str, tallest: int = 1800) -> None:
        """Save what is seen, the whole page, if a folder for pictures is named by ZHENMA_PICTURES."""
        folder = os.environ.get("ZHENMA_PICTURES")
        if folder:
            width = self.driver.get_window_size()["width"]
            height = self.driver.execute_script("return document.documentElement.scrollHeight")
            self.driver.set_window_size(width, min(height + 150, tallest))
            self.driver.save_screenshot(str(Path(folder) / f"{name}.png"))
            self.driver.set_window_size(width, DESKTOP[1])


@contextmanager
def browser(base: str, size: tuple[int, int] = DESKTOP, password: str = PASSWORD) -> Iterator[Browser]:
    """A browser with an empty profile."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*_FLAGS, f"--window-size={size[0]},{size[1]}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        yield Browser(driver, base, password)
    finally:
        driver.quit()
