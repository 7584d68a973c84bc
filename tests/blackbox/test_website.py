"""Websites out of buckets: set up by the command line or over S3, seen by plain HTTP and by a browser."""

import pytest
import requests

import browser
import clients
import server as server_module
import site_pages
from cluster import set_up_cluster, until
from metrics_page import scrape, series

SECTION = """
[s3_web]
bind_addr = "127.0.0.1:{port}"
root_domain = ".web.test"
index = "index.html"
add_host_to_metrics = true

[admin]
api_bind_addr = "127.0.0.1:{admin_port}"
"""


class Site:
    """Asks as a browser that was told the name of the site."""

    def __init__(self, address: str, bucket: str):
        self.address, self.host = address, f"{bucket}.web.test"

    def ask(self, path: str, method: str = "GET", host: str | None = None, **headers: str) -> requests.Response:
        headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"host": host or self.host}
        return requests.request(method, f"http://{self.address}{path}", headers=headers, allow_redirects=False, timeout=30)


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    port, admin_port = server_module.free_ports(2)
    running = server_module.Server(tmp_path_factory.mktemp("web"), sections=SECTION.format(port=port, admin_port=admin_port))
    running.web_port, running.admin_port = port, admin_port
    yield running
    running.stop()


@pytest.fixture(scope="module")
def s3(web):
    return clients.boto(web)


@pytest.fixture
def site(web, s3, bucket) -> Site:
    site_pages.upload(s3, bucket)
    web.cli("bucket", "website", "--allow", bucket, "--error-document", "404.html")
    return Site(f"127.0.0.1:{web.web_port}", bucket)


def test_by_the_command_line(web, s3, bucket):
    site_pages.upload(s3, bucket)
    site = Site(f"127.0.0.1:{web.web_port}", bucket)
    assert site.ask("/").status_code == 404
    said = web.cli("bucket", "website", "--allow", bucket, "-e", "404.html")
    assert "Website access:" in said and "404.html" in said
    assert site.ask("/").content == site_pages.files()["index.html"][1]
    assert "index document:" in web.cli("bucket", "info", bucket)
    web.cli("bucket", "website", "--deny", bucket)
    assert site.ask("/").status_code == 404


def test_pages(site):
    for key, (kind, body) in site_pages.files().items():
        answer = site.ask(f"/{key}")
        assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, kind, body)
        assert answer.headers["etag"] and answer.headers["last-modified"] and answer.headers["x-amz-request-id"]
        head = site.ask(f"/{key}", "HEAD")
        assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(body)), b"")
    assert site.ask("/", host=site.host.split(".")[0]).status_code == 200  # the bucket's own name as the host's
    assert site.ask("/", host=f"{site.host}:3902").status_code == 200
    assert site.ask("/docs/").text.count("Documents") == 1
    answer = site.ask("/docs")
    assert (answer.status_code, answer.headers["location"]) == (302, "/docs/")


def test_errors(site, web, s3):
    answer = site.ask("/nothing")
    assert (answer.status_code, "Nothing here" in answer.text) == (404, True)
    assert answer.headers["x-garage-error"]
    assert site.ask("/nothing", "HEAD").status_code == 404
    unknown = site.ask("/", host="unknown.web.test")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<title>404 Not Found</title>" in unknown.text
    for method in ("PUT", "POST", "DELETE"):
        answer = site.ask("/index.html", method)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    for query in ("?list-type=2", "?uploads", "?acl", "?versions"):
        assert "index.html</Key>" not in site.ask(f"/{query}").text
        assert site.ask(f"/docs/none/{query}").status_code == 404


def test_ranges_and_conditions(site):
    whole = site_pages.files()["style.css"][1]
    answer = site.ask("/style.css", range="bytes=2-5")
    assert (answer.status_code, answer.content) == (206, whole[2:6])
    assert answer.headers["content-range"] == f"bytes 2-5/{len(whole)}"
    etag = answer.headers["etag"]
    assert site.ask("/style.css", if_none_match=etag).status_code == 304
    assert site.ask("/style.css", if_match='"other"').status_code == 412
    assert site.ask("/style.css", range="bytes=100000-").status_code == 416


def test_redirects_and_rules(site, s3, bucket):
    s3.put_object(Bucket=bucket, Key="moved", Body=b"", WebsiteRedirectLocation="https://elsewhere.test/x")
    assert s3.head_object(Bucket=bucket, Key="moved")["WebsiteRedirectLocation"] == "https://elsewhere.test/x"
    answer = site.ask("/moved")
    assert (answer.status_code, answer.headers["location"]) == (301, "https://elsewhere.test/x")
    rules = [{"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "docs/", "HttpRedirectCode": "301"}},
             {"Condition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "app/"},
              "Redirect": {"ReplaceKeyWith": "index.html", "HttpRedirectCode": "200"}}]
    wanted = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "404.html"}, "RoutingRules": rules}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=wanted)
    got = s3.get_bucket_website(Bucket=bucket)
    assert {name: got[name] for name in wanted} == wanted
    answer = site.ask("/old/")
    assert (answer.status_code, answer.headers["location"]) == (301, "/docs/")
    answer = site.ask("/app/some/view")
    assert (answer.status_code, answer.content) == (200, site_pages.files()["index.html"][1])
    assert site.ask("/other").status_code == 404
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"RedirectAllRequestsTo": {"HostName": "new.test", "Protocol": "https"}})
    answer = site.ask("/a/b?c=d")
    assert (answer.status_code, answer.headers["location"]) == (301, "https://new.test/a/b?c=d")
    s3.delete_bucket_website(Bucket=bucket)
    assert site.ask("/").status_code == 404
    with clients.refused("NoSuchWebsiteConfiguration", 404):
        s3.get_bucket_website(Bucket=bucket)


@pytest.mark.parametrize("configuration", [
    {"IndexDocument": {"Suffix": "a/b"}}, {"IndexDocument": {"Suffix": ""}},
    {"IndexDocument": {"Suffix": "i"}, "RoutingRules": [{"Redirect": {"Protocol": "https"}}]},
    {"IndexDocument": {"Suffix": "i"}, "RoutingRules": [{"Redirect": {"HttpRedirectCode": "418"}}]},
    {"RedirectAllRequestsTo": {"HostName": "h"}, "ErrorDocument": {"Key": "e"}},
])
def test_configurations_that_make_no_sense(s3, bucket, configuration):
    with clients.refused("InvalidRequest", 400):
        s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)


def test_other_origins(site, s3, bucket, web):
    preflight = {"origin": "https://page.test", "access_control_request_method": "GET"}
    assert site.ask("/index.html", "OPTIONS", **preflight).status_code == 403
    rules = [{"AllowedOrigins": ["https://*.test"], "AllowedMethods": ["GET"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == rules
    answers = [site.ask("/index.html", "OPTIONS", **preflight), site.ask("/index.html", origin="https://page.test"),
               site.ask("/nothing", origin="https://page.test"),
               requests.options(f"{web.endpoint}/{bucket}/k", timeout=30,
                                headers={name.replace("_", "-"): value for name, value in preflight.items()}),
               requests.get(f"{web.endpoint}/{bucket}/k", headers={"origin": "https://page.test"}, timeout=30)]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 200, 403]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "https://page.test"
        assert answer.headers["access-control-expose-headers"] == "ETag"
    for answer in (site.ask("/index.html", origin="https://page.other"), site.ask("/index.html"),
                   requests.get(f"{web.endpoint}/{bucket}/k", timeout=30)):
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["vary"].startswith("Origin"), "a cache would give this answer to the page that may read it"
    assert requests.options(f"{web.endpoint}/{bucket}/k", timeout=30).status_code == 400
    s3.delete_bucket_cors(Bucket=bucket)
    with clients.refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=bucket)


def test_metrics_tell_the_sites_apart(site, web):
    site.ask("/")
    site.ask("/", host=site.host.upper() + ":80")
    site.ask("/nothing")
    site.ask("/", host="made.up")
    seen = series(scrape("127.0.0.1", web.admin_port))
    assert seen[f'web_request_counter{{host="{site.host}",method="GET"}}'] == 3
    assert seen[f'web_error_counter{{host="{site.host}",method="GET",status_code="404 Not Found"}}'] == 1
    assert seen['web_request_counter{host="unknown",method="GET"}'] >= 1
    assert not [name for name in seen if "made.up" in name]


def test_in_a_browser(site, web, tmp_path):
    url = f"http://{site.host}:{web.web_port}/"
    document = browser.open_page(url, tmp_path, {"*.web.test": "127.0.0.1"}, tmp_path / "page.png")
    assert "pictures 4 of 4, styled true" in document, document
    assert (tmp_path / "page.png").stat().st_size > 5000


def test_through_every_node_of_a_cluster(tmp_path):
    section = '\n[s3_web]\nbind_addr = "{ip}:3902"\nroot_domain = ".web.test"\n'
    with set_up_cluster(tmp_path, sections=section) as cluster:
        first = cluster.nodes[0]
        pages = site_pages.upload(clients.boto(first), "my-bucket")
        first.cli("bucket", "website", "--allow", "my-bucket", "-e", "404.html")
        sites = [Site(f"{node.address}:3902", "my-bucket") for node in cluster.nodes]
        until(lambda: all(site.ask("/").status_code == 200 for site in sites), "every node serves the site")
        for site in sites:
            for key, (kind, body) in pages.items():
                answer = site.ask(f"/{key}")
                assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, kind, body)
            assert site.ask("/nothing").status_code == 404
        for node in cluster.nodes:
            document = browser.open_page("http://my-bucket.web.test:3902/", tmp_path, {"*.web.test": node.address})
            assert "pictures 4 of 4, styled true" in document, document
        cluster.nodes[2].kill9()
        for site in sites[:2]:
            assert site.ask("/pictures/1.png").content == pages["pictures/1.png"][1]
        cluster.nodes[2].start()
