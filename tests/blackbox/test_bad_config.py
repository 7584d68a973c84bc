"""Wrong settings and surroundings: the server does not start, and says which key is wrong and what to do."""

import os
import pathlib
import socket
import subprocess

import pytest

import server as server_module

GOOD = {
    "metadata_dir": '"{0}/meta"', "data_dir": '"{0}/data"', "replication_factor": "1", "rpc_bind_addr": '"127.0.0.1:{1}"',
    "rpc_secret": '"' + "7" * 64 + '"', "s3_api.s3_region": '"garage"', "s3_api.api_bind_addr": '"127.0.0.1:{2}"',
}


def write_config(directory: pathlib.Path, **changes: str | None) -> pathlib.Path:
    """A good configuration with some keys changed (or, with None, left out); `__` stands for the dot of a section."""
    rpc, s3 = server_module.free_ports(2)
    values = {key: value.format(directory, rpc, s3) for key, value in GOOD.items()}
    values |= {key.replace("__", "."): value for key, value in changes.items()}
    top = [f"{key} = {value}" for key, value in values.items() if "." not in key and value is not None]
    sections: dict[str, list[str]] = {}
    for key, value in values.items():
        if "." in key and value is not None:
            section, name = key.split(".")
            sections.setdefault(section, []).append(f"{name} = {value}")
    text = "\n".join(top) + "".join(f"\n[{section}]\n" + "\n".join(lines) for section, lines in sections.items()) + "\n"
    path = directory / "garage.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def run(config: pathlib.Path, *words: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(server_module.binary()), "-c", str(config), *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, env=dict(os.environ, **environment))


def start(config: pathlib.Path, *flags: str, **environment: str) -> subprocess.CompletedProcess:
    """Only for starts that fail: a server that stays is an error here."""
    return run(config, "server", *(flags or ("--single-node",)), **environment)


def refuses(done: subprocess.CompletedProcess, *words: str) -> None:
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    for word in words:
        assert word in said, f"{word!r} is not said: {said}"
    assert "assertion failed" not in said


@pytest.mark.parametrize("changes, words", [
    ({"metadata_dir": None}, ["`metadata_dir` is missing", "For example"]),
    ({"data_dir": "7"}, ["`data_dir`", "line 2"]),
    ({"replication_factor": '"three"'}, ["`replication_factor`", "expected", "line 3"]),
    ({"replication_factor": "0"}, ["`replication_factor`"]),
    ({"replication_factor": "8"}, ["`replication_factor`"]),
    ({"rpc_bind_addr": '"nowhere"'}, ["`rpc_bind_addr`"]),
    ({"rpc_secret": '"short"'}, ["Invalid RPC secret", "openssl rand -hex 32"]),
    ({"rpc_secret": None}, ["No RPC secret", "openssl rand -hex 32"]),
    ({"block_size": '"1 furlong"'}, ["`block_size`"]),
    ({"block_size": "7"}, ["`block_size`"]),
    ({"metadata_fsync": '"yes"'}, ["`metadata_fsync`", "expected"]),
    ({"compression_level": '"best"'}, ["`compression_level`"]),
    ({"consistency_mode": '"eventual"'}, ["`consistency_mode`", "consistent"]),
    ({"s3_api__s3_region": None}, ["`s3_api.s3_region` is missing", "[s3_api]"]),
    ({"s3_api__s3_region": '""'}, ["`s3_api.s3_region` is empty"]),
    ({"s3_api__api_bind_addr": '"127.0.0.1:99999"'}, ["`s3_api.api_bind_addr`"]),
    ({"s3_api__bucket_namespace": '"mine"'}, ["`s3_api.bucket_namespace`", "global"]),
    ({"s3_web__root_domain": '".web"'}, ["`s3_web.bind_addr` is missing"]),
    ({"rpc_public_addr_subnet": '"10.0.0.0/99"'}, ["`rpc_public_addr_subnet`"]),
    ({"admin__trace_sink": '"https://traces:4317"'}, ["admin.trace_sink", "http://"]),
    ({"consul_discovery__consul_http_addr": '"http://"', "consul_discovery__service_name": '"garage"'},
     ["`consul_discovery.consul_http_addr`"]),
    ({"s3_api__api_bind_addr": '"/tmp/one.sock"', "admin__api_bind_addr": '"/tmp/one.sock"'},
     ["`s3_api.api_bind_addr`", "`admin.api_bind_addr`", "/tmp/one.sock"]),
], ids=str)
def test_wrong_values(tmp_path, changes, words):
    config = write_config(tmp_path, **changes)
    refuses(run(config, "--check-config"), *words)
    refuses(start(config), *words)
    assert not (tmp_path / "meta").exists(), "looked at after the first thing was made"


def test_what_is_not_built_yet_is_said(start_server):
    keys = {"rpc_timeout_msec": "1000", "disable_scrub": "true", "use_local_tz": "true", "metadata_snapshots_dir": '"/tmp/s"'}
    running = start_server(settings="".join(f"{key} = {value}\n" for key, value in keys.items()))
    running.stop()
    log = running.log.read_text()
    for key in keys:
        assert f"{key} is set, but" in log, log


@pytest.mark.parametrize("rules", ["", "garage=inf", "garage:debug"])
def test_a_slip_in_the_rules_of_the_log_silences_nothing(start_server, monkeypatch, rules):
    monkeypatch.setenv("RUST_LOG", rules)
    running = start_server()
    running.stop()
    log = running.log.read_text()
    assert "S3 API listens at" in log, log
    assert not rules or f'RUST_LOG: "{rules}" is no rule' in log, log


def test_a_file_that_is_no_toml(tmp_path):
    path = tmp_path / "garage.toml"
    path.write_text("metadata_dir = \n")
    refuses(start(path), "garage.toml", "line 1")
    refuses(start(tmp_path / "missing.toml"), "missing.toml")


def test_unknown_keys_are_named_and_the_near_one_suggested(start_server):
    running = start_server(settings='metdata_fsync = true\nblock_sise = "1M"\n',
                           sections='s3_regoin = "x"\n[s3_wep]\na = 1\n')
    running.stop()
    log = running.log.read_text()
    for words in ("unknown key `metdata_fsync` is ignored; did you mean `metadata_fsync`?", "did you mean `block_size`?",
                  "did you mean `s3_api.s3_region`?", "unknown section [s3_wep] is ignored; did you mean [s3_web]?"):
        assert words in log, log


def test_a_secret_file_that_others_may_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("7" * 64 + "\n")
    secret.chmod(0o644)
    config = write_config(tmp_path, rpc_secret=None, rpc_secret_file=f'"{secret}"')
    refuses(start(config), str(secret), "chmod 600", "allow_world_readable_secrets")


def test_a_secret_file_that_root_gave_to_our_group(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("7" * 64 + "\n")
    secret.chmod(0o440)
    config = write_config(tmp_path, rpc_secret=None, rpc_secret_file=f'"{secret}"')
    if os.geteuid() != 0:  # not root's
        refuses(run(config, "--check-config"), str(secret), "chmod 600")
        return
    assert "is valid" in run(config, "--check-config").stdout
    os.chown(secret, 0, max(os.getgroups(), default=0) + 1)
    refuses(run(config, "--check-config"), str(secret), "chmod 600")


@pytest.mark.parametrize("key", ["rpc_bind_addr", "s3_api.api_bind_addr"])
def test_a_port_that_is_taken(tmp_path, key):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        config = write_config(tmp_path, **{key.replace(".", "__"): f'"127.0.0.1:{port}"'})
        refuses(start(config), str(port), f"`{key}`")


@pytest.mark.parametrize("key", ["metadata_dir", "data_dir"])
def test_a_directory_that_cannot_be_written(tmp_path, key):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a directory")
    refuses(start(write_config(tmp_path, **{key: f'"{in_the_way}/below"'})), str(in_the_way), key)
    if os.geteuid() == 0:
        place = "/proc/garage"  # where even root cannot make a directory
    else:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o500)
        place = f"{closed}/below"
    refuses(start(write_config(tmp_path, **{key: f'"{place}"'})), place, key)


def test_a_second_server_on_the_same_data(start_server):
    running = start_server()
    rpc, s3 = server_module.free_ports(2)
    text = running.config.read_text().replace(f":{running.rpc_port}", f":{rpc}").replace(f":{running.s3_port}", f":{s3}")
    config = running.directory / "second.toml"
    config.write_text(text)
    refuses(start(config), "Another garage server is running", str(running.directory))


def test_flags_of_the_start(tmp_path):
    config = write_config(tmp_path)
    refuses(start(config, "--default-bucket"), "single-node")
    refuses(start(config, "--single-node", "--default-bucket"), "GARAGE_DEFAULT_ACCESS_KEY")
    names = {"GARAGE_DEFAULT_ACCESS_KEY": "GK" + "1" * 24, "GARAGE_DEFAULT_SECRET_KEY": "2" * 64}
    refuses(start(config, "--single-node", "--default-bucket", GARAGE_DEFAULT_BUCKET="No_Bucket", **names), "bucket name")
    refuses(start(config, "--single-node", "--default-access-key", GARAGE_DEFAULT_ACCESS_KEY="x",
                  GARAGE_DEFAULT_SECRET_KEY="2" * 64), "key")
    refuses(start(write_config(tmp_path, replication_factor="3")), "replication_factor = 1")


def test_a_key_that_exists_with_another_secret(start_server):
    running = start_server()
    running.stop()
    refuses(start(running.config, "--single-node", "--default-access-key", GARAGE_DEFAULT_ACCESS_KEY=running.access_key,
                  GARAGE_DEFAULT_SECRET_KEY="2" * 64), running.access_key, "GARAGE_DEFAULT_SECRET_KEY")


def test_the_command_line_with_another_secret(server):
    done = server.run_cli("status", GARAGE_RPC_SECRET="9" * 64)
    assert done.returncode == 1
    assert "secret" in done.stderr, done.stderr
    assert "ID" in server.cli("status")


def test_the_command_line_without_a_server(tmp_path, start_server):
    refuses(run(write_config(tmp_path), "status"), "garage server")  # there never was one
    running = start_server()
    running.stop()
    refuses(run(running.config, "status"), f"127.0.0.1:{running.rpc_port}")


def test_commands_that_do_not_exist(server):
    for words in (["frobnicate"], ["bucket", "frobnicate"], ["bucket", "list", "--frobnicate"]):
        done = server.run_cli(*words)
        assert done.returncode != 0 and "frobnicate" in done.stderr, done.stderr
    done = server.run_cli("bucket", "info", "no-such-bucket-here")
    assert done.returncode == 1 and "no-such-bucket-here" in done.stderr


def test_what_a_start_warns_of_is_said_before(tmp_path):
    config = write_config(tmp_path, disable_scrub="true", bootstrap_peers='["foo"]')
    checked = run(config, "--check-config")
    assert checked.returncode == 0 and "2 warnings" in checked.stdout, checked
    assert "disable_scrub is set" in checked.stderr and "bootstrap_peers" in checked.stderr, checked
