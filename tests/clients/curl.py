"""curl, as scripts use it: the userservice by GET and by form on every spelling of its path, probes, and the raw forms
that shell scripts send to the REST API."""

import subprocess
import sys
import unittest

from service import API, SECRET, Service, basic, main

SPELLINGS = (
    "/plugins/restapi/v1/userservice",
    "/plugins/restapi/userservice",
    "/plugins/userService/userservice",
    "/plugins/userservice/userservice",
)
OK = "<result>ok</result>\n"


def curl(*arguments):
    """Status, Content-Type and body of what curl gets."""
    command = ["curl", "--silent", "--max-time", "20", "--write-out", "\n%{http_code}\n%{content_type}", *arguments]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    body, status, content_type = printed.rsplit("\n", 2)
    return int(status), content_type, body


class Userservice(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service()

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    def call(self, form, path, **parameters):
        arguments = [self.service.url + path] if form else ["--get", self.service.url + path]
        for name, value in {"secret": SECRET, **parameters}.items():
            arguments += ["--data-urlencode", f"{name}={value}"]
        status, content_type, body = curl(*arguments)
        self.assertEqual((status, content_type.split(";")[0]), (200, "text/xml"))
        return body

    def test_every_operation_on_every_path_by_get_and_by_form(self):
        for n, path in enumerate(SPELLINGS):
            for form in (False, True):
                with self.subTest(path, form=form):
                    self.life_of_an_account(lambda **p: self.call(form, path, **p), f"user{n}{'form' if form else ''}")

    def life_of_an_account(self, call, name):
        read = self.service.json
        add = dict(type="add", username=name, password="pw", name="A & B", groups=f"{name} x,{name}y")
        self.assertEqual(call(**add), OK)
        self.assertEqual(read(f"/users/{name}")["name"], "A & B")
        self.assertEqual(sorted(read(f"/users/{name}/groups")["groupnames"]), [f"{name} x", f"{name}y"])
        self.assertEqual(call(**add), "<error>UserAlreadyExistsException</error>\n")

        groups = call(type="grouplist")
        self.assertTrue(groups.startswith("<result><groupname>") and groups.endswith("</groupname></result>\n"), groups)
        self.assertIn(f"<groupname>{name} x</groupname>", groups)
        self.assertEqual(call(type="update", username=name, name="New", groups=f"{name}y"), OK)
        groups = call(type="usergrouplist", username=name)
        self.assertEqual(groups, f"<result><groupname>{name}y</groupname></result>\n")
        self.assertEqual(read(f"/users/{name}")["name"], "New")

        contact = dict(username=name, item_jid="pal@example.net")
        self.assertEqual(call(type="add_roster", name="Pal", subscription="3", groups="F,G", **contact), OK)
        self.assertEqual(call(type="add_roster", **contact), "<error>UserAlreadyExistsException</error>\n")
        item = {"jid": "pal@example.net", "nickname": "Pal", "subscriptionType": 3, "groups": ["F", "G"]}
        self.assertEqual(read(f"/users/{name}/roster")["rosterItem"], [item])
        self.assertEqual(call(type="update_roster", name="Pal II", subscription="-1", **contact), OK)
        item = {"jid": "pal@example.net", "nickname": "Pal II", "subscriptionType": -1, "groups": []}
        self.assertEqual(read(f"/users/{name}/roster")["rosterItem"], [item])
        refused = call(type="add_roster", subscription="4", **contact)
        self.assertEqual(refused, "<error>IllegalArgumentException</error>\n")
        self.assertEqual(call(type="delete_roster", **contact), OK)
        self.assertEqual(read(f"/users/{name}/roster")["rosterItem"], [])

        self.assertEqual(call(type="disable", username=name), OK)
        self.assertEqual(call(type="enable", username=name), OK)
        self.assertEqual(call(type="delete", username=name), OK)
        self.assertEqual(self.service.status(f"/users/{name}"), 404)
        for gone in ("delete", "update", "enable", "disable", "usergrouplist"):
            self.assertEqual(call(type=gone, username=name), "<error>UserNotFoundException</error>\n", gone)

    def test_the_secret_is_asked_for_and_credentials_do_not_help(self):
        for path in SPELLINGS:
            for query in ("?type=grouplist", "?type=grouplist&secret=wrong", "?type=grouplist&secret="):
                with self.subTest(path + query):
                    answer = curl("--header", f"Authorization: {SECRET}", self.service.url + path + query)
                    self.assertEqual(answer[::2], (200, "<error>RequestNotAuthorised</error>\n"))

    def test_arguments_that_are_missing_or_unknown(self):
        path = SPELLINGS[0]
        self.assertEqual(self.call(False, path, type="add", password="pw"), "<error>IllegalArgumentException</error>\n")
        self.assertEqual(self.call(False, path, type="add", username="x"), "<error>IllegalArgumentException</error>\n")
        self.assertEqual(self.call(False, path, username="x"), "<error>IllegalArgumentException</error>\n")
        query = f"{self.service.url}{path}?secret={SECRET}&username=jane&type=nonsense"
        self.assertEqual(curl(query)[::2], (200, ""))
        self.assertEqual(curl("--request", "POST", query)[::2], (204, ""))

    def test_a_name_with_reserved_characters_is_escaped(self):
        path = SPELLINGS[1]
        self.assertEqual(self.call(False, path, type="add", username=" Mail@Home ", password="pw"), OK)
        self.assertIn("mail\\40home", [user["username"] for user in self.service.json("/users")["users"]])
        self.assertEqual(self.call(True, path, type="delete", username="mail@home"), OK)


class RestApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service()
        cls.api = cls.service.url + API
        cls.secret = ("--header", f"Authorization: {SECRET}")

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    def test_probes_answer_get_and_head_without_credentials(self):
        paths = ["/system/readiness" + kind for kind in ("", "/server", "/cluster", "/plugins", "/connections")]
        paths += ["/system/readiness/connections?connectionType=SOCKET_C2S&encrypted=true"]
        paths += ["/system/liveness" + kind for kind in ("", "/deadlock", "/properties")]
        for path in paths:
            for method in ((), ("--head", "--output", "/dev/null")):
                with self.subTest(path, method=method):
                    self.assertEqual(curl(*method, self.api + path), (200, "", ""))

    def test_without_an_accept_header_worth_the_name_the_answer_is_xml(self):
        expected = (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><user><username>jane</username>'
            "<name>Jane Doe</name><email>jane.doe@example.com</email><properties/></user>"
        )
        for accept in ((), ("--header", "Accept:"), ("--header", "Accept: application/xml")):
            with self.subTest(accept):
                answer = curl(*self.secret, *accept, self.api + "/users/jane")
                self.assertEqual(answer, (200, "application/xml", expected))

    def test_a_property_is_one_compact_line_of_json(self):
        json_type = ("--header", "Content-Type: application/json", "--header", "Accept: application/json")
        property_ = '{"key":"curl.key","value":"a value"}'
        created = curl(*self.secret, *json_type, "--data", property_, self.api + "/system/properties")
        self.assertEqual(created, (201, "", ""))
        answer = curl(*self.secret, *json_type, self.api + "/system/properties/curl.key")
        self.assertEqual(answer, (200, "application/json", property_))

    def test_data_without_its_type_is_refused(self):
        answer = curl(*self.secret, "--data", '{"username":"x","password":"y"}', self.api + "/users")
        self.assertEqual(answer[0], 415)

    def test_a_type_without_data_is_ignored_where_no_entity_is_read(self):
        self.assertEqual(curl(*self.secret, "--data", "", self.api + "/lockouts/john"), (201, "", ""))
        self.assertEqual(curl(*self.secret, "--request", "DELETE", self.api + "/lockouts/john"), (200, "", ""))
        status, content_type, body = curl(*self.secret, "--data", "", self.api + "/lockouts/nobody")
        self.assertEqual((status, content_type), (404, "application/xml"))
        self.assertIn("<exception>UserNotFoundException</exception>", body)

    def test_xml_from_a_file_makes_a_user(self):
        body = "<user><username>filed</username><password>p</password><name>From a file</name></user>"
        xml = ("--header", "Content-Type: application/xml")
        self.assertEqual(curl(*self.secret, *xml, "--data", body, self.api + "/users"), (201, "", ""))
        self.assertEqual(self.service.json("/users/filed")["name"], "From a file")

    def test_the_old_json_is_there_for_the_asking(self):
        accept = ("--header", "Accept: application/json;profile=legacy")
        status, content_type, body = curl(*self.secret, *accept, self.api + "/users/jane/roster")
        self.assertEqual((status, content_type.split(";")[0]), (200, "application/json"))
        item = '{"jid":"john@example.org","nickname":"John","subscriptionType":"3","groups":null}'
        self.assertEqual(body, '{"rosterItem":' + item + "}")


class WithBasic(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service({"openfire.auth": "basic"})

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    def test_credentials_in_the_url_and_as_an_option(self):
        users = API + "/users/jane"
        host = f"127.0.0.1:{self.service.port}"
        self.assertEqual(curl(f"http://admin:admin@{host}{users}")[0], 200)
        self.assertEqual(curl("--user", "admin:admin", f"http://{host}{users}")[0], 200)
        self.assertEqual(curl("--user", "admin:wrong", f"http://{host}{users}")[0], 401)
        self.assertEqual(curl(f"http://{host}{users}")[0], 401)

    def test_the_userservice_keeps_its_secret(self):
        url = f"{self.service.url}{SPELLINGS[0]}?type=grouplist"
        self.assertEqual(curl(f"{url}&secret={SECRET}")[2], "<result></result>\n")
        wrong = curl("--header", "Authorization: " + basic("admin", "admin"), url)
        self.assertEqual(wrong[2], "<error>RequestNotAuthorised</error>\n")


if __name__ == "__main__":
    main(sys.modules[__name__])
