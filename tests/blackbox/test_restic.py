"""restic: a backup repository, checked, restored and pruned."""

import json

import pytest

import clients


@pytest.fixture
def restic(server, bucket, tmp_path):
    environment = clients.aws_environment(server) | {
        "RESTIC_REPOSITORY": f"s3:{server.endpoint}/{bucket}", "RESTIC_PASSWORD": "not a secret",
        "RESTIC_CACHE_DIR": str(tmp_path / "cache")}

    def run(*arguments, **options) -> str:
        return clients.run(clients.program("restic"), "-o", "s3.bucket-lookup=path", *arguments,
                           environment=environment, **options)

    return run


def test_backup_check_restore_prune(restic, s3, bucket, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    first = clients.make_tree(here)
    restic("init")
    restic("backup", ".", cwd=here)

    (here / "new.bin").write_bytes(clients.pattern(3_000_000, "new"))
    (here / "many/large.bin").unlink()
    second = clients.tree_of(here)
    restic("backup", ".", cwd=here)
    restic("check", "--read-data")

    snapshots = [snapshot["id"] for snapshot in json.loads(restic("snapshots", "--json"))]
    assert len(snapshots) == 2
    for snapshot, tree in zip(snapshots, (first, second)):
        restic("restore", snapshot, "--target", tmp_path / snapshot)
        assert clients.tree_of(tmp_path / snapshot) == tree

    def packs() -> int:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="data/")
        return sum(item["Size"] for page in pages for item in page.get("Contents", []))

    before = packs()
    restic("forget", "--keep-last", "1", "--prune")
    assert packs() < before
    restic("check", "--read-data")
    restic("restore", "latest", "--target", tmp_path / "last")
    assert clients.tree_of(tmp_path / "last") == second
