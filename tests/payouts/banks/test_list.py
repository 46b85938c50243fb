"""The list of banks: what is shipped, how it is searched, and how a newer one gets in."""

import io
import json
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from foundation.database import Database
from payouts.banks import lists, renewal
from payouts.banks.holders import is_bank_text
from payouts.banks.packed import Bank, BankListError, pack, unpack


def test_what_is_shipped_is_whole() -> None:
    found = lists.shipped()
    assert found.made_on == date(2026, 8, 24)
    assert len(found) == 1146
    assert found.branches == 28944
    banks = list(found.find_all())
    assert sum(len(one.branches) for one in banks) == found.branches
    branches = [branch for bank in banks for branch in bank.branches.values()]
    for name, kana in [(one.name, one.kana) for one in banks] + [
        (one.name, one.kana) for one in branches
    ]:
        assert is_bank_text(kana)
        # A transfer has so much room for it.
        assert 1 <= len(kana) <= 15
        assert 1 <= len(name) <= 60


@pytest.mark.parametrize(
    ("typed", "bank"),
    [
        ("みずほ", "0001"), ("みずほ銀行", "0001"), ("ミズホ", "0001"), ("ﾐｽﾞﾎ", "0001"),
        ("0001", "0001"), ("三菱", "0005"), ("三菱ＵＦＪ", "0005"), ("ゆうちょ", "9900"),
        ("ゆうちょ銀行", "9900"), ("paypay", "0033"), ("らくてん", "0036"), ("楽天銀行", "0036"),
        ("城南信用金庫", "1344"), ("きょうと銀行", "0158"), ("イオン", "0040"),
    ],
)  # fmt: skip
def test_a_bank_is_found_by_what_people_type(typed: str, bank: str) -> None:
    assert lists.shipped().find(typed)[0].code == bank


@pytest.mark.parametrize("typed", ["", " ", "銀行", "ニューヨーク連銀", "\x00", "%", "あ" * 2000])
def test_what_is_no_bank_finds_none(typed: str) -> None:
    assert lists.shipped().find(typed) == []


def test_a_branch_is_found_likewise() -> None:
    bank = lists.shipped().bank("0005")
    assert bank
    for typed in ("新宿", "新宿支店", "しんじゅく", "341", "ｼﾝｼﾞﾕｸ"):
        assert bank.find(typed)[0].code == "341"
    assert len(bank.find("あ")) <= 30


def test_a_list_of_a_bank_is_not_found_in_another() -> None:
    assert lists.shipped().bank("0000") is None
    assert lists.shipped().bank("1") is None
    post = lists.shipped().bank("9900")
    assert post
    assert "341" not in post.branches


def a_bank(code: str, branches: int = 2) -> Bank:
    lines = "\n".join(f"{n:03}\t支店{n}\tｼﾃﾝ" for n in range(branches))
    return Bank(code, "さくら", "ｻｸﾗ", lines)


def test_what_is_packed_is_unpacked() -> None:
    banks = [a_bank(f"{n:04}") for n in range(5)]
    found = unpack(pack(date(2027, 1, 2), banks))
    assert (found.made_on, len(found), found.branches) == (date(2027, 1, 2), 5, 10)
    assert found.bank("0003") == banks[3]


@pytest.mark.parametrize("packed", [b"", b"x" * 200, pack(date(2027, 1, 2), [])[:-20]])
def test_what_is_no_list_is_refused(packed: bytes) -> None:
    with pytest.raises(BankListError):
        unpack(packed)


def package(
    folder: Path, banks: dict[str, Any], version: str = "1.0.0-p20270301", *, archive: bool = True
) -> Path:
    """A package as npm has it."""
    files = {
        "package.json": json.dumps({"version": version}),
        "lib/zengin-data.js": f"module.exports = {json.dumps(banks)};\n",
    }
    if not archive:
        (folder / "lib").mkdir()
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
        return folder
    path = folder / "zengin-code.tgz"
    with tarfile.open(path, "w:gz") as made:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text.encode())
            made.addfile(entry, io.BytesIO(text.encode()))
    return path


def whole(banks: int = 1146, branches: int = 26) -> dict[str, Any]:
    """The data of a package, with so many banks of so many branches."""
    return {
        f"{n:04}": {
            "code": f"{n:04}", "name": "さくら", "kana": "サクラ－Ｂ",
            "branches": {
                f"{b:03}": {"code": f"{b:03}", "name": "本店", "kana": "ホンテン"}
                for b in range(branches)
            },
        }
        for n in range(banks)
    }  # fmt: skip


@pytest.mark.parametrize("archive", [True, False])
async def test_a_newer_list_counts_once_it_is_stored(
    database: Database, tmp_path: Path, archive: bool
) -> None:
    async with database.transaction() as tx:
        assert (await lists.bank_list(tx)).made_on == lists.shipped().made_on
        packed = renewal.read_package(package(tmp_path, whole(), archive=archive))
        assert (await renewal.renew(tx, packed)).made_on == date(2027, 3, 1)
    async with database.transaction() as tx:
        found = await lists.bank_list(tx)
        assert found is await lists.bank_list(tx)
    assert (found.made_on, len(found)) == (date(2027, 3, 1), 1146)
    bank = found.bank("0000")
    assert bank
    assert (bank.name, bank.kana) == ("さくら銀行", "ｻｸﾗ-B")
    assert bank.branches["025"].kana == "ﾎﾝﾃﾝ"


@pytest.mark.parametrize(
    ("banks", "version"),
    [
        (whole(), "1.0.0-p20260824"),
        (whole(), "1.0.0-p20250101"),
        (whole(916), "1.0.0-p20270301"),
        (whole(1146, 20), "1.0.0-p20270301"),
    ],
)
async def test_an_older_list_and_a_smaller_one_are_refused(
    database: Database, tmp_path: Path, banks: dict[str, Any], version: str
) -> None:
    packed = renewal.read_package(package(tmp_path, banks, version))
    async with database.transaction() as tx:
        with pytest.raises(BankListError):
            await renewal.renew(tx, packed)
        assert (await lists.bank_list(tx)) is lists.shipped()


def broken(**parts: Any) -> dict[str, Any]:
    return {"0001": whole(1)["0000"] | parts}


@pytest.mark.parametrize(
    "banks",
    [
        {"1": whole(1)["0000"]},
        broken(name=""),
        broken(name="さ\nくら"),
        broken(name="さ\tくら"),
        broken(name="さ" * 61),
        broken(name=None),
        broken(kana="櫻"),
        broken(branches={}),
        broken(branches={"1": {"name": "本店", "kana": "ホンテン"}}),
        broken(branches={"001": {"name": "本店"}}),
        broken(branches=[]),
    ],
)
def test_odd_data_are_refused(tmp_path: Path, banks: dict[str, Any]) -> None:
    with pytest.raises(BankListError):
        renewal.read_package(package(tmp_path, banks))


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tgz").write_bytes(b"x" * 100)
    for path in (tmp_path, tmp_path / "none", tmp_path / "x.tgz"):
        with pytest.raises(BankListError):
            renewal.read_package(path)
    with pytest.raises(BankListError):
        renewal.read_package(package(tmp_path, whole(2), "1.0.0"))
