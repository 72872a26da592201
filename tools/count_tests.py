#!/usr/bin/env python3
"""Counts what a `bazel test` really ran, from its build event file and the tests' own XML.

usage: tools/count_tests.py EVENTS.json EXIT_CODE

Prints "PASSED FAILED" and, on stderr, a line for each failure. A test case counts once; a test target that has no
cases of its own, or that died without naming one, counts as one; so does a build that failed outside any test.
"""
import json
import sys
import urllib.parse
import xml.etree.ElementTree


def cases(path):
    """(passed, names of the failed) of one test.xml; skipped cases count as neither."""
    passed, failed = 0, []
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError):
        return 0, []
    for case in root.iter("testcase"):
        children = {child.tag for child in case}
        if children & {"failure", "error"}:
            failed.append("%s.%s" % (case.get("classname", ""), case.get("name", "")))
        elif "skipped" not in children and case.get("status") != "notrun":
            passed += 1
    return passed, failed


def count(lines, exit_code):
    """(passed, messages of failures) of the events of one build."""
    tests, summaries, results = set(), {}, {}
    for line in lines:
        event = json.loads(line)
        ident = event.get("id", {})
        if "targetConfigured" in ident and event.get("configured", {}).get("testSize"):
            tests.add(ident["targetConfigured"]["label"])
        elif "testSummary" in ident and "testSummary" in event:
            summaries[ident["testSummary"]["label"]] = event["testSummary"].get("overallStatus", "NO_STATUS")
        elif "testResult" in ident and "testResult" in event:
            name = ident["testResult"]
            # The last attempt of each run and shard is the one that counts.
            results.setdefault(name["label"], {})[(name.get("run"), name.get("shard"))] = event["testResult"]
    passed, failures = 0, []
    for label in sorted(tests | set(summaries)):
        status = summaries.get(label, "NO_STATUS")
        good, bad = 0, []
        for result in results.get(label, {}).values():
            for output in result.get("testActionOutput", []):
                if output.get("name") == "test.xml":
                    more_good, more_bad = cases(urllib.parse.unquote(urllib.parse.urlparse(output["uri"]).path))
                    good, bad = good + more_good, bad + more_bad
        if status in ("PASSED", "FLAKY"):
            passed += max(good, 1)
            continue
        passed += good
        failures += ["%s %s" % (label, name) for name in bad] or ["%s %s" % (label, status)]
    if exit_code != 0 and not failures:
        failures.append("bazel failed with exit code %d" % exit_code)
    return passed, failures


def main():
    try:
        with open(sys.argv[1]) as events:
            passed, failures = count(events, int(sys.argv[2]))
    except OSError:
        passed, failures = 0, ["bazel wrote no events; exit code %s" % sys.argv[2]]
    for failure in failures:
        print("FAILED: " + failure, file=sys.stderr)
    print(passed, len(failures))


if __name__ == "__main__":
    main()
