"""Whether the gateway would start: every fault is found without starting anything."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.certificates import faults_of
from gateway.check import check
from gateway.texts import NAMES, words_for
from smpp.settings import TlsSettings
from tests.gateway.configured import CARRIER, GATEWAY, TEMPLATES, configured
from tests.system.certificates import Authority

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIER_PASSWORD", "s3cret")


def faults(folder: Path) -> list[str]:
    return [line.replace(f"{folder}/", "") for line in check(folder).faults]


def test_a_whole_folder_is_well_and_every_reply_is_shown_in_every_language(tmp_path: Path) -> None:
    findings = check(configured(tmp_path))
    assert findings.faults == []
    assert findings.lines[0] == "carrier mobile: 95001111; one (transceiver to smsc.example.net:2775)"
    shown = {line.partition(":")[0] for line in findings.lines}
    assert {f"{language}/{name}" for language in ("zh", "en") for name in NAMES} <= shown
    assert not (tmp_path / "journal.sqlite").exists()


def test_keys_templates_and_settings_are_looked_at_although_another_setting_is_wrong(tmp_path: Path) -> None:
    folder = configured(tmp_path, GATEWAY + "[sms]\nopen_limits = 1\n")
    (folder / "k1.key").write_text("not hexadecimal", encoding="utf-8")
    assert faults(folder) == [
        "gateway.toml: sms.open_limits: unknown setting; did you mean open_limit?",
        (
            "gateway.toml: records.pseudonym_keys.k1: k1.key: a pseudonym key is hexadecimal digits: "
            "make it with `openssl rand -hex 32`"
        ),
    ]


def test_each_file_of_a_secret_that_others_may_read_is_told_once_with_its_remedy(tmp_path: Path) -> None:
    carrier = CARRIER.partition("[[links]]")
    links = "".join(
        f'[[links]]\nname = "{name}"\nhost = "smsc.example.net"\nport = 2775\nsystem_id = "zhenma"\n' for name in "ab"
    )
    folder = configured(
        tmp_path,
        GATEWAY
        + '[health]\nmetrics_token_file = "metrics-token"\n[monitor]\nregistry_master_key_path = "master.key"\n',
        mobile=f'{carrier[0]}[defaults]\npassword_file = "../password"\n{links}',
    )
    for name in ("metrics-token", "master.key", "password", "k1.key"):
        (folder / name).write_text("ab" * 32 if name != "password" else "s3cret", encoding="ascii")
        (folder / name).chmod(0o644)
    told = [line.partition(": others may read or write ") for line in faults(folder)]
    assert sorted(place for place, _, _ in told) == [
        "carriers/mobile.toml: defaults.password_file",
        "gateway.toml: health.metrics_token_file",
        "gateway.toml: monitor.registry_master_key_path",
        "gateway.toml: records.pseudonym_keys.k1",
    ]
    assert all("(mode 0644): chmod 600 it" in what for _, _, what in told)
    for name in ("metrics-token", "master.key", "password", "k1.key"):
        (folder / name).chmod(0o600)
    assert faults(folder) == []


def test_a_journal_of_another_program_is_refused(tmp_path: Path) -> None:
    folder = configured(tmp_path)
    connection = sqlite3.connect(folder / "journal.sqlite")
    connection.execute("PRAGMA user_version = 77")
    connection.execute("CREATE TABLE t(x)")
    connection.close()
    (fault,) = faults(folder)
    assert fault.startswith("gateway.toml: records.path: journal.sqlite: the journal has version 77")


def test_a_journal_of_this_version_is_well(tmp_path: Path) -> None:
    folder = configured(tmp_path)
    connection = sqlite3.connect(folder / "journal.sqlite")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert faults(folder) == []


def test_files_that_could_not_be_written_are_faults(tmp_path: Path) -> None:
    text = GATEWAY.replace('"journal.sqlite"', '"none/journal.sqlite"') + '[logging]\nfile = "carriers"\n'
    folder = configured(tmp_path, text)
    assert faults(folder) == [
        "gateway.toml: records.path: the folder none is missing: make it, writable for the gateway's user",
        "gateway.toml: logging.file: carriers cannot be written by this user: mend its owner or its mode",
    ]


def test_recall_notices_are_shown_and_a_folder_that_is_missing_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "recalls.key").touch(mode=0o600)
    (tmp_path / "recalls.key").write_text("7a" * 32, encoding="ascii")
    table = '[recalls]\nkey_file = "recalls.key"\npath = '
    folder = configured(tmp_path, GATEWAY + table + '"recalls.sqlite"\n')
    assert faults(folder) == []
    assert any("recalls.sqlite; quiet from 21:00 until 08:00, 365 days" in line for line in check(folder).lines)
    (folder / "gateway.toml").write_text(GATEWAY + table + '"none/recalls.sqlite"\n', encoding="utf-8")
    assert faults(folder) == [
        "gateway.toml: recalls.path: the folder none is missing: make it, writable for the gateway's user"
    ]


def test_a_table_of_areas_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    gateway = 'areas_path = "none.csv"\n' + "\n".join(
        line for line in GATEWAY.splitlines() if not line.startswith("areas_path")
    )
    (fault,) = faults(configured(tmp_path, gateway))
    assert fault.startswith("none.csv: this table cannot be read")


def test_a_default_language_without_templates_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(configured(tmp_path, GATEWAY + '[answering]\ndefault_language = "fr"\n'))
    assert fault == f"{TEMPLATES / 'fr'}: there are no templates in the default language"


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("first", "one\n{% if %}", "first.txt:2: Expected an expression, got 'end of statement block'"),
        ("unknown", "\n{{ product }}", "unknown.txt:2: there is no word 'product' here; the words are tail, length"),
        ("help", "{{ tail }}", "help.txt:1: there is no word 'tail' here; the words are none"),
        ("recalled", "{{ mine }}", "recalled.txt:1: there is no word 'mine' here"),
        ("unavailable", "忙" * 71, "unavailable.txt: does not fit one part with ordinary names: 1 characters too many"),
    ],
)
def test_a_faulty_template_is_told_with_its_file_and_line(tmp_path: Path, name: str, text: str, fault: str) -> None:
    shutil.copytree(TEMPLATES, tmp_path / "sms")
    (tmp_path / "sms" / "zh" / f"{name}.txt").write_text(text, encoding="utf-8")
    (told,) = faults(configured(tmp_path, GATEWAY.replace(str(TEMPLATES), "sms")))
    assert told.startswith(f"sms/zh/{fault}")


def test_a_template_that_is_missing_is_told(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES, tmp_path / "sms")
    (tmp_path / "sms" / "en" / "stop.txt").unlink()
    assert faults(configured(tmp_path, GATEWAY.replace(str(TEMPLATES), "sms"))) == [
        "sms/en/stop.txt: No such file or directory"
    ]


def test_words_are_those_of_the_verdict() -> None:
    assert "mine" in words_for("line_repeated_same")
    assert "reason" in words_for("recalled")
    assert words_for("error_too_many_codes") == ("limit",)
    assert words_for("several") == ("lines",)


def test_a_hotline_without_its_script_or_with_a_peer_that_is_none_is_told(tmp_path: Path) -> None:
    voice = '[voice]\nprompts_folder = "none"\nallowed_peers = ["10.0.0.0/8", "x"]\n'
    assert faults(configured(tmp_path, GATEWAY + voice)) == [
        (
            "gateway.toml: voice.prompts_folder: none/zh/script.toml: "
            "[Errno 2] No such file or directory: 'none/zh/script.toml'"
        ),
        "gateway.toml: voice.allowed_peers[1]: 'x' does not appear to be an IPv4 or IPv6 network",
    ]


def test_each_missing_prompt_is_told_with_what_it_should_say(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES.parent / "voice", tmp_path / "voice")
    (tmp_path / "voice" / "zh" / "goodbye.ulaw").unlink()
    assert faults(configured(tmp_path, GATEWAY + '[voice]\nprompts_folder = "voice"\n')) == [
        "gateway.toml: voice.prompts_folder: a prompt is missing: record zh/goodbye.ulaw: 感谢您的来电，再见"
    ]


def test_a_speech_engine_that_is_not_installed_is_told_and_no_fault(tmp_path: Path) -> None:
    speech = '[voice.speech]\nengine_en = "no-such-engine {out} {text}"\n'
    findings = check(
        configured(tmp_path, f'{GATEWAY}[voice]\nprompts_folder = "{TEMPLATES.parent / "voice"}"\n{speech}')
    )
    assert findings.faults == []
    assert "hotline: no-such-engine is not installed: names of products are not spoken" in findings.lines


def test_a_hotline_with_its_script_is_well(tmp_path: Path) -> None:
    voice = f'[voice]\nprompts_folder = "{TEMPLATES.parent / "voice"}"\n'
    assert check(configured(tmp_path, GATEWAY + voice)).faults == []


# Certificates

AUTHORITY = Authority("Carrier CA")


def written(folder: Path) -> TlsSettings:
    own = AUTHORITY.issue("gateway")
    certificate, key = own.write(folder, "own")
    (folder / "ca.pem").write_text(AUTHORITY.own.certificate, encoding="ascii")
    return TlsSettings("", str(folder / "ca.pem"), certificate, key)


def test_a_certificate_with_its_key_is_well(tmp_path: Path) -> None:
    assert list(faults_of(written(tmp_path), NOW)) == []
    assert list(faults_of(TlsSettings(), NOW)) == []


def test_an_expired_certificate_is_a_fault(tmp_path: Path) -> None:
    ((setting, what),) = faults_of(written(tmp_path), NOW + timedelta(days=2))
    assert setting == "certificate_path"
    assert what.endswith("only: renew it")


def test_the_key_of_another_certificate_is_a_fault(tmp_path: Path) -> None:
    settings = written(tmp_path)
    Path(settings.key_path).write_text(AUTHORITY.issue("other").key, encoding="ascii")
    ((setting, what),) = faults_of(settings, NOW)
    assert (setting, "is not the key of" in what) == ("key_path", True)


@pytest.mark.parametrize(
    ("setting", "text", "fault"),
    [
        ("authorities_path", "junk", "holds no certificate in PEM"),
        ("authorities_path", None, "cannot be read: No such file or directory"),
        ("certificate_path", "junk", "holds no certificate in PEM"),
        ("key_path", "junk", "is no private key in PEM"),
        ("key_path", None, "cannot be read: No such file or directory"),
    ],
)
def test_a_file_of_tls_that_is_none_is_told(tmp_path: Path, setting: str, text: str | None, fault: str) -> None:
    settings = written(tmp_path)
    file = Path(getattr(settings, setting))
    file.unlink()
    if text is not None:
        file.write_text(text, encoding="ascii")
    ((told, what),) = faults_of(settings, NOW)
    assert told == setting
    assert fault in what


def test_a_key_with_a_passphrase_is_told(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    settings = written(tmp_path)
    key = ec.generate_private_key(ec.SECP256R1())
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    Path(settings.key_path).write_bytes(locked)
    ((setting, what),) = faults_of(settings, NOW)
    assert setting == "key_path"
    assert "has a passphrase" in what


def test_a_fault_of_certificates_is_told_with_the_links_path(tmp_path: Path) -> None:
    tls = '[links.tls]\nauthorities_path = "../none.pem"\n'
    (fault,) = faults(configured(tmp_path, mobile=CARRIER + tls))
    assert fault.startswith("carriers/mobile.toml: links[0].tls.authorities_path: ")


def with_monitor() -> str:
    """[monitor] with a port, and the distributed templates."""
    paths = (
        f'users_path = "users.json"\naudit_path = "audit.jsonl"\ntemplates_path = "{TEMPLATES.parent / "monitor"}"\n'
    )
    return f"{GATEWAY}[monitor]\nlisten_port = 8602\n{paths}"


def test_a_monitor_is_looked_at_as_it_would_be_at_the_start(tmp_path: Path) -> None:
    findings = check(configured(tmp_path, with_monitor()))
    assert findings.faults == []
    assert "monitor: 127.0.0.1:8602; 0 users" in findings.lines
    assert not (tmp_path / "audit.jsonl").exists()


def test_users_that_others_may_read_and_a_log_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    folder = configured(tmp_path, with_monitor())
    (folder / "users.json").write_text("{}", encoding="utf-8")
    (folder / "users.json").chmod(0o644)
    (folder / "audit.jsonl").mkdir()
    log, users = faults(folder)
    assert log.startswith("gateway.toml: monitor.audit_path: audit.jsonl cannot be written")
    assert users.startswith("gateway.toml: monitor: users.json: others than its owner may read or write it: chmod 600")
