"""compose.yaml is valid and says what production needs, even where no engine can run it."""

import os
import re
import shutil
import subprocess
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

from foundation.settings import Settings
from web.http.forwarded import client_address

ROOT = Path(__file__).parents[2]
EXAMPLE = {
    "SITE_HOST": "talk.example",
    "OWNER_PASSWORD": "owner",
    "APP_PASSWORD": "app",
    "TURN_ADDRESS": "192.0.43.8",
    "TURN_SECRET": "turn",
    "MEDIA_SECRET": "m" * 32,
}


class Health(BaseModel):
    model_config = ConfigDict(extra="forbid")
    test: list[str] = Field(default_factory=list)
    interval: str = "30s"
    timeout: str = "30s"
    retries: int = 3
    disable: bool = False


class Dependency(BaseModel):
    condition: str = Field(pattern="^service_(healthy|completed_successfully|started)$")


class Build(BaseModel):
    model_config = ConfigDict(extra="forbid")
    context: str
    dockerfile: str


class Logging(BaseModel):
    model_config = ConfigDict(extra="forbid")
    driver: str
    options: dict[str, str]


class Service(BaseModel):
    model_config = ConfigDict(extra="forbid")
    image: str
    build: str | Build | None = None
    command: list[str] | None = None
    profiles: list[str] = Field(default_factory=list)
    restart: str = Field("no", pattern="^(no|unless-stopped|always)$")
    init: bool = False
    read_only: bool = False
    tmpfs: list[str] = Field(default_factory=list)
    cap_drop: list[str] = Field(default_factory=list)
    security_opt: list[str] = Field(default_factory=list)
    shm_size: str | None = None
    stop_grace_period: str = "10s"
    ports: list[str] = Field(default_factory=list)
    volumes: list[str] = Field(default_factory=list)
    env_file: list[dict[str, Any]] = Field(default_factory=list)
    environment: dict[str, str] = Field(default_factory=dict)
    networks: dict[str, dict[str, str]] = Field(default_factory=dict)
    logging: Logging | None = None
    depends_on: dict[str, Dependency] = Field(default_factory=dict)
    healthcheck: Health | None = None


class Subnet(BaseModel):
    model_config = ConfigDict(extra="forbid")
    subnet: str


class Ipam(BaseModel):
    model_config = ConfigDict(extra="forbid")
    config: list[Subnet]


class Network(BaseModel):
    model_config = ConfigDict(extra="forbid")
    enable_ipv6: bool = False
    ipam: Ipam


class Compose(BaseModel):
    name: str
    services: dict[str, Service]
    networks: dict[str, Network]
    volumes: dict[str, None]


@pytest.fixture(scope="module")
def compose() -> Compose:
    return Compose.model_validate(yaml.safe_load((ROOT / "compose.yaml").read_text()))


def test_two_web_processes_a_proxy_a_database_valkey_media_and_turn(compose: Compose) -> None:
    expected = {"caddy", "web-1", "web-2", "migrate", "database", "valkey", "media", "turn"}
    assert {name for name, one in compose.services.items() if not one.profiles} == expected
    images = {name: service.image.split(":")[0] for name, service in compose.services.items()}
    assert images["web-1"] == images["web-2"] == images["migrate"]
    assert compose.services["database"].image.startswith("postgres:18")


def test_only_the_proxy_and_what_carries_media_are_open_to_the_world(compose: Compose) -> None:
    opened = [name for name, service in compose.services.items() if service.ports]
    assert opened == ["caddy", "media", "telephone", "turn"]


def test_ipv6_visitors_reach_the_proxy_with_their_own_addresses(compose: Compose) -> None:
    network = compose.networks["default"]
    subnets = [ip_network(one.subnet) for one in network.ipam.config]
    assert network.enable_ipv6
    assert sorted(subnet.version for subnet in subnets) == [4, 6]
    assert all(subnet.is_private for subnet in subnets)
    # The whole port, not one on an IPv4 address of the host.
    assert all(len(port.split(":")) == 2 for port in compose.services["caddy"].ports)


def test_the_web_processes_trust_the_proxy_on_both_of_its_addresses(compose: Compose) -> None:
    subnets = {one.subnet for one in compose.networks["default"].ipam.config}
    for name in ("web-1", "web-2"):
        trusted = compose.services[name].environment["HITOTOKI_TRUSTED_PROXIES"]
        assert set(trusted.split(",")) == subnets
        for subnet in map(ip_network, subnets):
            peer = str(subnet.network_address + 2)
            assert client_address(peer, ["2001:db8::7"], trusted.split(",")) == "2001:db8::7"


def test_the_media_process_has_a_port_for_each_browser_and_opens_no_other(
    compose: Compose,
) -> None:
    media = compose.services["media"]
    (published,) = media.ports
    ports = media.environment["HITOTOKI_MEDIA_UDP_PORTS"]
    assert published == f"0.0.0.0:{ports}:{ports}/udp"
    first, last = map(int, ports.split("-"))
    assert int(media.environment["HITOTOKI_MEDIA_LEGS"]) <= last - first + 1
    bound, _, announced = media.environment["HITOTOKI_MEDIA_ADDRESSES"].partition("=")
    assert bound == media.networks["media"]["ipv4_address"]
    assert announced.startswith("${TURN_ADDRESS")
    # What web processes reach it by is on the inner network alone.
    assert media.environment["HITOTOKI_MEDIA_URL"] == "ws://media:8090"


def test_the_telephone_starts_only_for_who_has_a_trunk_and_lets_calls_end(
    compose: Compose,
) -> None:
    telephone = compose.services["telephone"]
    assert telephone.profiles == ["telephone"]
    address = telephone.networks["telephone"]["ipv4_address"]
    listen = telephone.environment["HITOTOKI_TRUNK_LISTEN"]
    assert listen.partition(":")[0] == telephone.environment["HITOTOKI_TRUNK_ADDRESS"] == address
    fields = Settings.model_fields
    signalling, speech = listen.partition(":")[2], fields["trunk_rtp_ports"].default
    assert telephone.ports == [
        f"0.0.0.0:{signalling}:{signalling}",
        f"0.0.0.0:{signalling}:{signalling}/udp",
        f"0.0.0.0:{speech}:{speech}/udp",
    ]
    minutes = int(telephone.stop_grace_period.removesuffix("m"))
    assert minutes > fields["telephone_drain_minutes"].default
    # What is open outlives the container.
    (volume,) = telephone.volumes
    assert volume.partition(":")[2] in dockerfile()


def test_recordings_lie_where_all_that_write_and_read_them_look(compose: Compose) -> None:
    folder = compose.services["media"].environment["HITOTOKI_RECORDINGS"]
    for name in ("web-1", "web-2", "media"):
        service = compose.services[name]
        assert service.environment["HITOTOKI_RECORDINGS"] == folder
        assert f"recordings:{folder}" in service.volumes
        # The key and the permission come from where settings of the site are.
        assert service.env_file == compose.services["web-1"].env_file != []
    # A new volume takes its owner from the image, whose user may then write there.
    assert re.search(rf"install -d -o hitotoki .*{folder}$", dockerfile(), re.MULTILINE)


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


def test_the_proxy_lets_go_of_a_connection_before_the_web_process_does() -> None:
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()
    keepalive = re.search(r"keepalive (\d+)s", caddyfile)
    assert keepalive
    assert int(keepalive[1]) < Settings.model_fields["idle_seconds"].default
    assert re.search(r"read_header 10s", caddyfile)


def test_nothing_starts_before_what_it_needs(compose: Compose) -> None:
    for name, service in compose.services.items():
        assert set(service.depends_on) <= set(compose.services), name
    assert compose.services["web-1"].depends_on["migrate"].condition.endswith("successfully")
    assert compose.services["migrate"].depends_on["database"].condition == "service_healthy"


def test_every_long_lived_part_is_restarted_and_has_a_health_check(compose: Compose) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for name, service in compose.services.items():
        if name == "migrate":
            continue
        assert service.restart == "unless-stopped", name
        assert service.healthcheck or (service.build and "HEALTHCHECK" in dockerfile), name


def test_only_migrate_gets_the_owner_of_the_tables(compose: Compose) -> None:
    holders = {
        name
        for name, service in compose.services.items()
        if "HITOTOKI_DATABASE_OWNER_URL" in service.environment
    }
    assert holders == {"migrate"}


def test_no_secret_is_written_down(compose: Compose) -> None:
    for service in compose.services.values():
        for name, value in service.environment.items():
            if "PASSWORD" in name or "SECRET" in name or "@database" in value:
                assert re.search(r"\$\{\w+_(PASSWORD|SECRET):\?", value), name


def test_every_setting_given_is_one_we_have(compose: Compose) -> None:
    given = {name for service in compose.services.values() for name in service.environment}
    given |= set(re.findall(r"HITOTOKI_\w+", (ROOT / "deploy" / "env.example").read_text()))
    given |= set(re.findall(r"HITOTOKI_\w+", (ROOT / "Dockerfile").read_text()))
    ours = {f"HITOTOKI_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in given if name.startswith("HITOTOKI_") and name != "HITOTOKI_"} <= ours


def test_every_file_and_volume_named_exists(compose: Compose) -> None:
    for service in compose.services.values():
        for volume in service.volumes:
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).is_file(), source
            else:
                assert source in compose.volumes, source


def test_the_proxy_knows_both_web_processes(compose: Compose) -> None:
    line = re.search(r"reverse_proxy (.*) \{", (ROOT / "deploy" / "Caddyfile").read_text())
    assert line
    assert {place.split(":")[0] for place in line[1].split()} == {
        name for name in compose.services if name.startswith("web-")
    }


def test_every_variable_asked_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    example = (ROOT / "deploy" / "env.example").read_text()
    assert asked == set(EXAMPLE) == set(re.findall(r"^([A-Z]+_\w+)=", example, re.MULTILINE))


def test_the_image_does_not_run_as_root_and_copies_what_exists() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    users = re.findall(r"^USER (\w+)", dockerfile, re.MULTILINE)
    assert users
    assert users[-1] != "root"
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE):
        assert all((ROOT / source).exists() for source in sources.split())


def test_the_image_holds_every_package_and_nothing_private() -> None:
    taken = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    packages = {path.parent.name for path in ROOT.glob("[a-z]*/__init__.py")} - {
        "tests",
        "benchmarks",
    }
    assert packages <= taken
    assert not taken & {".git", "data", "deploy", "tests", ".env"}


def has_compose_plugin() -> bool:
    if not shutil.which("docker"):
        return False
    asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return asked.returncode == 0


@pytest.mark.skipif(not has_compose_plugin(), reason="no docker client with compose here")
def test_docker_compose_takes_it() -> None:
    done = subprocess.run(
        ["docker", "compose", "-f", ROOT / "compose.yaml", "config", "--quiet"],
        env={**os.environ, **EXAMPLE}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
