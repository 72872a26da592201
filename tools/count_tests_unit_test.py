#!/usr/bin/env python3
"""Counts made-up builds: what passed, what failed, what died, what never ran."""
import json
import os
import tempfile
import unittest

import count_tests


class CountTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def events(self, label, status, cases=""):
        path = os.path.join(self.folder.name, label.strip("/").replace("/", "_") + ".xml")
        with open(path, "w") as file:
            file.write("<testsuites><testsuite>%s</testsuite></testsuites>" % cases)
        return [json.dumps(event) for event in [
            {"id": {"targetConfigured": {"label": label}}, "configured": {"testSize": "SMALL"}},
            {"id": {"testResult": {"label": label, "run": 1}},
             "testResult": {"testActionOutput": [{"name": "test.xml", "uri": "file://" + path}]}},
            {"id": {"testSummary": {"label": label}}, "testSummary": {"overallStatus": status}},
        ]]

    def test_cases_are_counted(self):
        cases = '<testcase name="a"/><testcase name="b"/><testcase name="c"><skipped/></testcase>'
        self.assertEqual(count_tests.count(self.events("//a", "PASSED", cases), 0), (2, []))

    def test_failed_cases_are_named(self):
        cases = '<testcase name="a"/><testcase classname="S" name="b"><failure/></testcase>'
        self.assertEqual(count_tests.count(self.events("//a", "FAILED", cases), 3), (1, ["//a S.b"]))

    def test_a_target_that_died_counts_as_one(self):
        self.assertEqual(count_tests.count(self.events("//a", "TIMEOUT"), 3), (0, ["//a TIMEOUT"]))

    def test_a_target_without_cases_counts_as_one(self):
        self.assertEqual(count_tests.count(self.events("//a", "PASSED"), 0), (1, []))

    def test_a_test_that_was_not_built_failed(self):
        event = json.dumps({"id": {"targetConfigured": {"label": "//a"}}, "configured": {"testSize": "SMALL"}})
        self.assertEqual(count_tests.count([event], 1), (0, ["//a NO_STATUS"]))

    def test_a_broken_build_is_a_failure(self):
        self.assertEqual(count_tests.count([], 1), (0, ["bazel failed with exit code 1"]))
        good = self.events("//a", "PASSED")
        self.assertEqual(count_tests.count(good, 1), (1, ["bazel failed with exit code 1"]))


if __name__ == "__main__":
    unittest.main()
