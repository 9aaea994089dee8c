"""The modules of the upload by themselves, in the browser that runs them."""

from __future__ import annotations

import base64
import random
import zlib

import pytest
from playwright.sync_api import Page

COUNT = """async ([address, content]) => {
    const { base64Of, crc32Of } = await import(address);
    const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    return base64Of(await crc32Of(new Blob([bytes])));
}"""
PAUSES = """async (address) => {
    const { Patience } = await import(address);
    const { signal } = new AbortController();
    const patience = new Patience(() => {});
    const pause = async (seconds = 0) => {
        const waiting = patience.wait({ message: "No", seconds }, signal);
        const pause = patience.until - Date.now();
        patience.tryNow();
        await waiting;
        return pause;
    };
    const growing = [];
    for (let count = 0; count < 8; count += 1) growing.push(await pause());
    const asked = await pause(90);
    patience.succeed();
    return [growing, asked, await pause()];
}"""
RATES = """async (address) => {
    const { Rate } = await import(address);
    const rate = new Rate();
    const seen = [rate.perSecond(0)];
    for (let at = 0; at <= 20; at += 1) rate.add(at < 10 ? 0 : at * 5, at * 1000);
    seen.push(rate.perSecond(20_000), rate.perSecond(26_000));
    rate.add(40, 21_000);
    seen.push(rate.perSecond(21_000));
    return seen;
}"""
OPTIONS = """async (address) => {
    const { optionsOf, problemOf } = await import(address);
    const zone = document.createElement("form");
    zone.innerHTML = `<input type="checkbox" name="preview">
        <input type="checkbox" name="all_or_nothing">
        <input type="checkbox" name="deactivate_missing">
        <input name="source" value="  ">
        <select name="mode"><option>upsert</option><option>create</option></select>`;
    const usual = optionsOf(zone);
    zone.elements.deactivate_missing.checked = true;
    zone.elements.mode.value = "create";
    const nameless = optionsOf(zone);
    zone.elements.source.value = " Acme ";
    const named = optionsOf(zone);
    return [usual, nameless, named, problemOf(usual), problemOf(nameless), problemOf(named)];
}"""
STEP_MILLISECONDS = 50


def module(name: str) -> str:
    return f"/static/web/upload/{name}.js"


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 65_535, (1 << 20) - 1, 1 << 20, 2_500_003])
def test_the_checksum_is_that_of_zlib(visitor: Page, size: int) -> None:
    visitor.goto("/sign-in/")
    content = random.Random(size).randbytes(size)
    counted = visitor.evaluate(COUNT, [module("crc32"), base64.b64encode(content).decode()])
    assert base64.b64decode(counted) == zlib.crc32(content).to_bytes(4)


def test_pauses_grow_to_half_a_minute_and_begin_again_after_a_success(visitor: Page) -> None:
    visitor.goto("/sign-in/")
    growing, asked, last = visitor.evaluate(PAUSES, module("patience"))
    for place, pause in enumerate(growing):
        usual = min(30_000, 1000 * 2**place)
        assert usual / 2 - STEP_MILLISECONDS <= pause <= usual
    assert asked > 90_000 - STEP_MILLISECONDS
    assert last <= 1000


def test_the_rate_is_that_of_the_last_seconds(visitor: Page) -> None:
    visitor.goto("/sign-in/")
    unknown, steady, silent, fallen = visitor.evaluate(RATES, module("rate"))
    assert (unknown, steady, fallen) == (0, 5, 0)
    assert silent == steady / 2


def test_only_options_that_are_set_are_sent_and_what_does_not_go_together_is_told(
    visitor: Page,
) -> None:
    visitor.goto("/sign-in/")
    usual, nameless, named, *problems = visitor.evaluate(OPTIONS, module("options"))
    assert usual == {"mode": "upsert"}
    assert nameless == {"deactivate_missing": True, "mode": "create"}
    assert named == {**nameless, "source": "Acme"}
    assert [problem[:15] for problem in problems] == ["", "Name the source", ""]
