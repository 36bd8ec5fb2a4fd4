import re
from pathlib import Path

import attrs
import pytest

from chatroom.cli.configuration import lines
from chatroom.config import Config, changed
from chatroom.config_sources import load
from chatroom.errors import StartError
from chatroom.limit_settings import Rate, Rates
from chatroom.setting_types import split_address

from . import settings_sample


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chatroom.toml"


def test_without_sources_the_defaults_hold() -> None:
    loaded = load(None, {"HOME": "/home/alice"}, {"listen": None})
    assert (loaded.config, loaded.sources, loaded.unknown) == (Config(), {}, ())


def test_the_defaults_are_within_the_ranges(file: Path) -> None:
    rates = "[rates]\nperson_factor = 2\n[rates.log_in]\nburst = 10\nper_minute = 10\n"
    file.write_text("token_days = 90\noutbox_bytes = 4194304\n" + rates)
    assert load(file, {}, {}).config == Config()


def test_a_later_source_wins_over_an_earlier_one(file: Path) -> None:
    file.write_text('token_days = 1\ntext_chars = 1\nsignup = "closed"\ndata = "from-file"')
    environment = {"CHATROOM_TOKEN_DAYS": "2", "CHATROOM_TEXT_CHARS": "2"}
    settings = load(file, environment, {"token_days": 3, "keep_days": None})
    ours = Config(token_days=3, text_chars=2, signup="closed", data=Path("from-file"))
    assert settings.config == ours
    assert settings.sources == {
        "token_days": "--token-days",
        "text_chars": "CHATROOM_TEXT_CHARS",
        "signup": str(file),
        "data": str(file),
    }


def test_nested_settings_merge_one_by_one(file: Path) -> None:
    file.write_text("[rates.messages]\nburst = 7\n[rates.joins]\nper_minute = 1")
    settings = load(file, {"CHATROOM_RATES_MESSAGES_PER_MINUTE": "9"}, {})
    assert settings.config.rates == Rates(messages=Rate(7, 9), joins=Rate(10, 1))
    assert settings.sources["rates.messages.burst"] == str(file)
    assert settings.sources["rates.messages.per_minute"] == "CHATROOM_RATES_MESSAGES_PER_MINUTE"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tokn_days = 1", "unknown setting: tokn_days (did you mean token_days?)"),
        ("token_days = '90'", "token_days: must be an integer"),
        ("token_days = 1.5", "token_days: must be an integer"),
        ("token_days = true", "token_days: must be an integer"),
        ("token_days = 0", "token_days: must be at least 1"),
        ("keep_days = 1_000_000_000_000", "keep_days: must be at most 10000000000"),
        ("keep_days = 'x'", "keep_days: must be an integer"),
        ("outbox_bytes = 1_000_000", "outbox_bytes: must be at least 3145728"),
        ("pong_timeout_s = inf", "pong_timeout_s: must be a number"),
        ("pong_timeout_s = -0.5", "pong_timeout_s: must be at least 0"),
        ("signup = 'ajar'", "signup: must be one of open, invite, closed"),
        ("rate_limits = true", "rate_limits: must be one of on, off"),
        ("listen = 8000", "listen: must be a non-empty string"),
        ("listen = 'localhost'", "listen: must be HOST:PORT"),
        ("trusted_proxies = ['proxy']", "trusted_proxies: 'proxy' does not appear to be"),
        ("trusted_proxies = 5", "trusted_proxies: must be a list of strings"),
        ("allowed_origins = ['chat.example']", "allowed_origins: 'chat.example': must be http://"),
        ("server_name = ' '", "server_name: must be 1 to 80 characters"),
        (f"server_name = '{'x' * 81}'", "server_name: must be 1 to 80 characters"),
        ("server_name = 'a\u202eb'", "server_name: must be 1 to 80 characters that can be printed"),
        ("accent = 'red'", "accent: must be a colour: # and six hexadecimal digits"),
        ("accent = '#12345g'", "accent: must be a colour"),
        ("embedding_origins = '*'", "embedding_origins: '*': must be http://"),
        ("embedding_origins = ['https://a;b']", "embedding_origins: 'https://a;b': must be"),
        ("allowed_origins = 'https://chat.example/'", "allowed_origins: 'https://chat.example/':"),
        ("data = 5", "data: must be a non-empty string"),
        ("data = ''", "data: must be a non-empty string"),
        ("rates = 5", "rates: must be a table"),
        ("[rates]\nmessages = 5", "rates.messages: must be a table"),
        ("[rates.calls]\nburst = 0", "rates.calls.burst: must be at least 1"),
        ("[rates.calls]\nsize = 1", "rates.calls: unknown setting: size"),
        ("[rates.calls]\nburts = 1", "unknown setting: burts (did you mean burst?)"),
        ("x = [", "not TOML"),
    ],
)
def test_an_error_names_the_file_and_the_setting(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(StartError) as error:
        load(file, {}, {})
    assert str(error.value).startswith(f"{file}: ")
    assert said in str(error.value)


def test_all_errors_of_a_file_are_reported_at_once(file: Path) -> None:
    file.write_text("token_days = 0\ntext_chars = 0")
    with pytest.raises(StartError, match=r"text_chars: .*; token_days: |token_days: .*; text_c"):
        load(file, {}, {})


def test_a_missing_file_is_an_error(file: Path) -> None:
    with pytest.raises(StartError, match=r"chatroom\.toml: No such file"):
        load(file, {}, {})


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("CHATROOM_LISTEN", "[::]:80", "listen", "[::]:80"),
        ("CHATROOM_DATA", "/srv/chat", "data", Path("/srv/chat")),
        ("CHATROOM_SERVER_NAME", " Blue House ", "server_name", "Blue House"),
        ("CHATROOM_ACCENT", "#3F6F8F", "accent", "#3f6f8f"),
        ("CHATROOM_ACCENT", "", "accent", None),
        ("CHATROOM_PUBLIC_URL", "https://a.example/chat/", "public_url", "https://a.example/chat"),
        ("CHATROOM_KEEP_DAYS", "30", "keep_days", 30),
        ("CHATROOM_KEEP_DAYS", "", "keep_days", None),
        ("CHATROOM_PING_INTERVAL_S", "0.5", "ping_interval_s", 0.5),
        ("CHATROOM_LOG_FORMAT", "json", "log_format", "json"),
        ("CHATROOM_MAX_CONNECTIONS", "5", "max_connections", 5),
        ("CHATROOM_TRUSTED_PROXIES", "::1, 10.0.0.0/8", "trusted_proxies", ("::1", "10.0.0.0/8")),
        ("CHATROOM_ALLOWED_ORIGINS", "", "allowed_origins", ()),
        ("CHATROOM_ALLOWED_ORIGINS", "*", "allowed_origins", ("*",)),
        ("CHATROOM_ALLOWED_ORIGINS", "http://a:1", "allowed_origins", ("http://a:1",)),
        ("CHATROOM_METRICS_LISTEN", "127.0.0.1:9464", "metrics_listen", "127.0.0.1:9464"),
        ("CHATROOM_METRICS_LISTEN", "[::1]:0", "metrics_listen", "[::1]:0"),
        ("CHATROOM_METRICS_LISTEN", "unix:/run/c.sock", "metrics_listen", "unix:/run/c.sock"),
    ],
)
def test_the_environment(variable: str, text: str, field: str, value: object) -> None:
    settings = load(None, {variable: text}, {})
    assert attrs.asdict(settings.config) == attrs.asdict(Config()) | {field: value}


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("CHATROOM_TOKEN_DAYS", "many", "must be an integer"),
        ("CHATROOM_TOKEN_DAYS", "", "must be an integer"),
        ("CHATROOM_SIGNUP", "", "must be one of open, invite, closed"),
        ("CHATROOM_PUSH_CONTACT", "admin@chat.example", "must be mailto:"),
        ("CHATROOM_PUSH_CONTACT", "mailto:", "must be mailto:"),
        ("CHATROOM_PUBLIC_URL", "https://a.example/a b", "its path must"),
        ("CHATROOM_PUBLIC_URL", "https://a.example/../b", "its path must"),
        ("CHATROOM_PUBLIC_URL", "https://a.example/api/chat", "its path must"),
        ("CHATROOM_PUBLIC_URL", "https://a.example/?b", "its path must"),
        ("CHATROOM_METRICS_LISTEN", "9464", "metrics_listen: must"),
        ("CHATROOM_METRICS_LISTEN", "unix:", "metrics_listen: must"),
        ("CHATROOM_METRICS_LISTEN", "/run/chatroom.sock", "metrics_listen: must"),
    ],
)
def test_an_error_names_the_variable(variable: str, text: str, said: str) -> None:
    with pytest.raises(StartError, match=f"^{variable}: .*{said}"):
        load(None, {variable: text}, {})


def test_unknown_variables_are_reported_and_ignored() -> None:
    # A container platform sets the first two for a service called "chatroom".
    variables = ["CHATROOM_PORT", "CHATROOM_SERVICE_HOST", "CHATROOM_TOKN_DAYS"]
    settings = load(None, dict.fromkeys(["CHATROOM_CONFIG", *variables], "x"), {})
    assert settings.config == Config()
    assert settings.unknown == (
        "CHATROOM_PORT",
        "CHATROOM_SERVICE_HOST",
        "CHATROOM_TOKN_DAYS (did you mean CHATROOM_TOKEN_DAYS?)",
    )


@pytest.mark.parametrize("changed", [False, True])
def test_printed_settings_can_be_read(file: Path, changed: bool) -> None:
    environment = {
        "CHATROOM_RATES_CALLS_BURST": "7",
        "CHATROOM_SERVER_NAME": 'a "b"\\',
        "CHATROOM_TRUSTED_PROXIES": "::1, 10.0.0.0/8",
        "CHATROOM_PING_INTERVAL_S": "0.5",
        "CHATROOM_KEEP_DAYS": "",
    }
    settings = load(None, environment, {"data": "/srv/chat"})
    printed = list(lines(settings, changed=changed))
    assert "burst = 7  # CHATROOM_RATES_CALLS_BURST" in printed
    assert ("text_chars = 4000" in printed) is not changed
    file.write_text("\n".join(printed))
    assert load(file, {}, {}).config == settings.config


def test_the_sample_has_all_settings_with_their_defaults(file: Path) -> None:
    sample = settings_sample.FILE.read_text()
    assert sample == settings_sample.generated(), "run python -m tests.settings_sample"
    used = "\n".join(line.removeprefix("# ") for line in sample.splitlines()[2:])
    file.write_text(re.sub("^.* is not set$", "", used, flags=re.MULTILINE))
    settings = load(file, {}, {})
    assert settings.config == Config()
    unset = len(re.findall("is not set$", sample, flags=re.MULTILINE))
    printed = [line for line in lines(settings, changed=False) if not line.startswith("\n[")]
    assert len(settings.sources) + unset == len(printed)


def test_an_error_names_the_flag() -> None:
    with pytest.raises(StartError, match=r"^--keep-messages: .*must be at least 1"):
        load(None, {}, {"keep_messages": 0})


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("127.0.0.1:8000", "127.0.0.1", 8000),
        ("localhost:0", "localhost", 0),
        ("[::1]:8000", "::1", 8000),
        ("0.0.0.0:65535", "0.0.0.0", 65535),  # noqa: S104
    ],
)
def test_addresses(address: str, host: str, port: int) -> None:
    assert split_address(Config(listen=address).listen) == (host, port)


@pytest.mark.parametrize(
    "address", ["", "8000", ":8000", "::1:8000", "host:", "host:65536", "a b:1", "[::1]", "h:-1"]
)
def test_invalid_addresses(address: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        split_address(address)


def test_changed_settings_are_listed() -> None:
    assert changed(Config()) == {}
    rates = Rates(messages=Rate(7, 300))
    config = Config(data=Path("/srv/chat"), rates=rates, keep_days=3, trusted_proxies=("::1",))
    assert changed(config) == {
        "data": "/srv/chat",
        "rates.messages.burst": 7,
        "keep_days": 3,
        "trusted_proxies": "('::1',)",
    }
