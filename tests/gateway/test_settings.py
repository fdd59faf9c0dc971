"""config/: every fault of every file at once, and samples that tell every setting with its true default."""

from __future__ import annotations

import dataclasses
import re
import tomllib
import typing
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import SettingsFault
from gateway.insight.receivers import MailSettings, WebhookSettings
from gateway.recalls.settings import RecallSettings
from gateway.records.nodes.settings import NodesSettings
from gateway.registry.service.settings import DEFAULT_LISTEN
from gateway.settings import CarrierSettings, GatewaySettings, load, read_table
from gateway.shared.settings import RedisSettings
from gateway.toml_settings import is_secret
from ivr.settings import ManagerSettings, VoiceSettings
from smpp.settings import AccountSettings, LinkSettings, TlsSettings
from tests.gateway.configured import CARRIER, CONFIG, GATEWAY, PASSWORD, configured

ENVIRONMENT = {"CARRIER_PASSWORD": PASSWORD}
MISSING = dataclasses.MISSING


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(SettingsFault) as caught:
        load(folder, ENVIRONMENT)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_a_whole_folder_is_loaded(tmp_path: Path) -> None:
    settings = load(configured(tmp_path), ENVIRONMENT)
    (carrier,) = settings.carriers
    assert (carrier.name, carrier.account.name, carrier.settings.numbers) == ("mobile", "mobile", ("95001111",))
    assert carrier.account.links[0].password == PASSWORD
    assert settings.gateway.records.path == tmp_path / "journal.sqlite"
    assert settings.gateway.redis is None
    assert PASSWORD not in repr(settings)


def test_faults_of_all_files_are_told_at_once_each_with_its_path(tmp_path: Path) -> None:
    gateway = GATEWAY + '[sms]\nopen_limit = "many"\n[verification.backend]\nurl = "ftp://x"\n'
    telecom = CARRIER.replace("2775", "0").replace("numbers", "number")
    assert faults_of(configured(tmp_path, gateway, mobile="links = 5", telecom=telecom, unicom="a = [")) == [
        "gateway.toml: sms.open_limit: must be a whole number, not 'many'",
        "gateway.toml: verification.backend: url: must begin with http:// or https:// and name a host",
        "carriers/mobile.toml: numbers: is missing and has no default",
        "carriers/mobile.toml: links: must be a list, not 5",
        "carriers/telecom.toml: numbers: is missing and has no default",
        "carriers/telecom.toml: links[0]: link one: port must be 1 to 65535, not 0",
        "carriers/telecom.toml: number: unknown setting; did you mean numbers?",
        "carriers/unicom.toml: is not TOML: Invalid value (at end of document)",
    ]


def test_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    assert faults_of(tmp_path) == [
        "gateway.toml: cannot be read: No such file or directory",
        "carriers: no carrier is here: copy example.toml.sample to NAME.toml and fill it in",
    ]


@pytest.mark.parametrize(
    ("carrier", "fault"),
    [
        ('name = "x"\n' + CARRIER, "name: a carrier's name is its file's (mobile): leave this out"),
        ("defaults = 1\n" + CARRIER, "defaults: must be a table: [defaults]"),
        ('numbers = ["9500-1111"]\n' + CARRIER.split("\n", 2)[2], "numbers: '9500-1111' must be 1 to 20 digits"),
        (
            "numbers = []\n" + CARRIER.split("\n", 2)[2],
            'numbers must name at least one short number, as in numbers = ["95001111"]',
        ),
        (CARRIER + "[defaults]\nwindows = 5\n", "defaults.windows: unknown setting; did you mean window?"),
        (CARRIER + '[defaults]\nwindow = "x"\n', "defaults.window: must be a whole number, not 'x'"),
        (
            CARRIER + '[defaults]\npassword = "x"\n',
            "defaults.password: a secret does not stand in this file: use password_file or password_env",
        ),
        ('numbers = ["1"]\nlinks = [5]\n', "links[0]: must be a table, not 5"),
    ],
)
def test_a_carrier_with_a_fault_is_refused_once(tmp_path: Path, carrier: str, fault: str) -> None:
    faults = faults_of(configured(tmp_path, mobile=carrier))
    assert [line.removeprefix("carriers/mobile.toml: ") for line in faults] == [fault]


def test_a_link_goes_before_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("theirs\n", encoding="utf-8")
    second = '[[links]]\nname = "two"\nhost = "b"\nport = 1\nsystem_id = "z"\npassword_file = "../other"\n'
    shared = '[defaults]\nport = 9\nwindow = 3\npassword_env = "CARRIER_PASSWORD"\n'
    (carrier,) = load(configured(tmp_path, mobile=CARRIER + second + shared), ENVIRONMENT).carriers
    links = carrier.account.links
    assert [(link.port, link.window, link.password) for link in links] == [(2775, 3, PASSWORD), (1, 3, "theirs")]


def test_paths_of_certificates_are_relative_to_the_carriers_file(tmp_path: Path) -> None:
    tls = '[links.tls]\nauthorities_path = "../ca.pem"\n'
    (carrier,) = load(configured(tmp_path, mobile=CARRIER + tls), ENVIRONMENT).carriers
    assert carrier.account.links[0].tls == TlsSettings(authorities_path=str(tmp_path / "carriers" / "../ca.pem"))


def test_a_carrier_for_texting_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert faults_of(configured(tmp_path, 'voice_texting_carrier = "none"\n' + GATEWAY)) == [
        "gateway.toml: voice_texting_carrier: there is no carrier 'none'; the carriers are mobile"
    ]


@pytest.mark.parametrize("table", ["[logging]\nlevel = 'LOUD'", "[health]\nlisten_port = 70000"])
def test_what_types_cannot_say_is_refused(tmp_path: Path, table: str) -> None:
    assert len(faults_of(configured(tmp_path, GATEWAY + table))) == 1


def test_a_table_is_read_by_itself_where_another_has_a_fault(tmp_path: Path) -> None:
    folder = configured(tmp_path, GATEWAY + "[sms]\nnone = 1\n")
    assert read_table(RedisSettings, folder, "redis") == RedisSettings()
    assert read_table(RedisSettings, folder, "sms") is None
    assert read_table(RedisSettings, folder / "nowhere", "redis") is None
    assert read_table(RedisSettings, folder, "areas_path") is None


def test_a_hotline_needs_no_setting_of_its_own(tmp_path: Path) -> None:
    voice = load(configured(tmp_path, f"{GATEWAY}[voice]\n"), ENVIRONMENT).gateway.voice
    assert voice is not None
    assert voice.prompts_folder == tmp_path / "../templates/voice"
    assert (voice.recordings_folder, voice.manager) == (tmp_path / "../var/voice/recordings", None)


def test_the_managers_secret_is_named_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "ami").write_text("s3cret\n", encoding="utf-8")
    folder = configured(tmp_path, f'{GATEWAY}[voice]\n[voice.manager]\nsecret_file = "ami"\n')
    voice = load(folder, ENVIRONMENT).gateway.voice
    assert voice is not None
    assert voice.manager == ManagerSettings("s3cret")
    assert "s3cret" not in repr(voice)


def test_recall_notices_have_a_key_that_is_not_shown_and_no_other_nodes(tmp_path: Path) -> None:
    (tmp_path / "recalls.key").write_text("7a" * 32, encoding="ascii")
    (tmp_path / "url").write_text("sqlite:///nodes", encoding="ascii")
    told = f'{GATEWAY}[recalls]\nkey_file = "recalls.key"\n'
    folder = configured(tmp_path, told)
    recalls = load(folder, ENVIRONMENT).gateway.recalls
    assert recalls is not None
    assert recalls.path == tmp_path / "../var/recalls.sqlite"
    assert "7a7a" not in repr(recalls)
    (folder / "gateway.toml").write_text(f'{told}[nodes]\nurl_file = "url"\n', encoding="utf-8")
    (fault,) = faults_of(folder)
    assert "recalls: not with [nodes]" in fault


# The samples

Leaves = dict[str, Any]
_SETTING = re.compile(r"^#([a-z_]+ = .*|\[[a-z.]+\])$", re.MULTILINE)
_EXAMPLE = re.compile(r"^#?([a-z_]+) = .*# example$", re.MULTILINE)


def uncommented(sample: Path) -> dict[str, Any]:
    """A sample with each of its settings, less those that are only examples of how one is written."""
    text = _EXAMPLE.sub("", sample.read_text(encoding="utf-8"))
    return tomllib.loads(_SETTING.sub(r"\1", text))


def examples(sample: Path) -> set[str]:
    return set(_EXAMPLE.findall(sample.read_text(encoding="utf-8")))


def defaults_of(cls: type) -> tuple[Leaves, set[str]]:
    """The defaults of a dataclass's settings as TOML has them, and the keys of those that have none, at any depth."""
    hints, defaults, none = typing.get_type_hints(cls), Leaves(), set()
    for declared in dataclasses.fields(cls):
        name, hint, default = declared.name, hints[declared.name], declared.default
        factory = declared.default_factory
        if is_secret(declared, hint):
            none.add(f"{name}_file")
        elif factory is hint or (type(default) is hint and dataclasses.is_dataclass(hint) and defaults_of(hint)[0]):
            defaults[name], inner = defaults_of(hint)
            none |= inner
        elif (value := factory() if factory is not MISSING else default) in (None, MISSING, {}):
            none.add(name)
        else:
            defaults[name] = _plain(value)
    return defaults, none


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value


def test_the_sample_of_the_gateway_tells_every_setting_with_its_true_default() -> None:
    sample = CONFIG / "gateway.toml"
    told = uncommented(sample)
    live = {"pseudonym_keys": told["records"].pop("pseudonym_keys")}
    live["token_file"] = told["verification"]["backend"].pop("token_file")
    assert told["verification"]["backend"].pop("url") == f"http://{DEFAULT_LISTEN}"
    expected, without = defaults_of(GatewaySettings)
    del expected["verification"]["backend"]["url"]
    expected["redis"], secrets = defaults_of(RedisSettings)
    expected["nodes"], of_nodes = defaults_of(NodesSettings)
    expected["recalls"], of_recalls = defaults_of(RecallSettings)
    expected["voice"], of_voice = defaults_of(VoiceSettings)
    expected["voice"]["manager"], of_manager = defaults_of(ManagerSettings)
    expected["insight"]["mail"], of_mail = defaults_of(MailSettings)
    of_webhooks = {*defaults_of(WebhookSettings)[0], *defaults_of(WebhookSettings)[1]}
    assert told == expected
    assert examples(sample) | set(live) == (
        without - {"redis", "voice", "nodes", "recalls", "mail"}
        | of_mail
        | of_webhooks
        | {"cases_url_env"}
        | secrets
        | {"password_env"}
        | of_nodes
        | of_recalls
        | {"key_env", "former_key_env"}
        | {"url_env"}
        | of_voice - {"manager"}
        | of_manager
        | {"secret_env"}
    )


def test_the_sample_of_a_carrier_tells_every_setting_with_its_true_default() -> None:
    sample = CONFIG / "carriers" / "example.toml.sample"
    told = uncommented(sample)
    shared, links = told.pop("defaults"), told.pop("links")
    assert told.pop("numbers")
    assert told == defaults_of(CarrierSettings)[0] | defaults_of(AccountSettings)[0]
    defaults, without = defaults_of(LinkSettings)
    assert {name: value for name, value in shared.items() if name not in without} == defaults
    assert without - shared.keys() == {"name", "host", "tls"}
    assert [link["tls"] for link in links if "tls" in link] == [defaults_of(TlsSettings)[0]]
    assert examples(sample) == {"password_env"}


def test_the_samples_are_a_configuration_once_their_secrets_exist(tmp_path: Path) -> None:
    (tmp_path / "carriers").mkdir()
    (tmp_path / "secrets").mkdir()
    for name in ("example-password", "registry-token", "pseudonyms-k1.key"):
        (tmp_path / "secrets" / name).write_text("secret", encoding="utf-8")
    (tmp_path / "gateway.toml").write_bytes((CONFIG / "gateway.toml").read_bytes())
    sample = (CONFIG / "carriers" / "example.toml.sample").read_text(encoding="utf-8")
    (tmp_path / "carriers" / "mobile.toml").write_text(sample, encoding="utf-8")
    as_they_are = load(tmp_path, {})
    assert [link.bind.value for link in as_they_are.carriers[0].account.links] == ["transceiver"] * 2 + [
        "pair",
        "transceiver",
    ]
    (tmp_path / "carriers" / "mobile.toml").write_text(_SETTING.sub(r"\1", _EXAMPLE.sub("", sample)), encoding="utf-8")
    assert load(tmp_path, {}).carriers == as_they_are.carriers


def test_the_sample_of_a_carrier_is_not_taken_for_a_carrier() -> None:
    assert (CONFIG / "carriers" / "example.toml.sample").exists()
    assert not list((CONFIG / "carriers").glob("example*.toml"))


@pytest.mark.parametrize("setting", ['default_alphabet = "latin1"', 'long_messages = "sar"', 'receipt_ids = "hex"'])
def test_links_of_a_carrier_that_write_differently_are_a_fault(tmp_path: Path, setting: str) -> None:
    second = CARRIER[CARRIER.index("[[links]]") :].replace('"one"', '"two"') + f"{setting}\n"
    (fault,) = faults_of(configured(tmp_path, mobile=CARRIER + second))
    assert fault.startswith(
        f"carriers/mobile.toml: links: {setting.split(maxsplit=1)[0]} must be the same for all links"
    )
