#!/usr/bin/python3
"""Prints "passed failed skipped" of a JUnit file as CTest writes it."""
import sys
import xml.etree.ElementTree as ElementTree


def main() -> int:
    suite = ElementTree.parse(sys.argv[1]).getroot()
    cases = list(suite.iter("testcase"))
    failed = sum(1 for case in cases if case.get("status") == "fail")
    skipped = sum(1 for case in cases if case.get("status") in ("notrun", "disabled"))
    print(len(cases) - failed - skipped, failed, skipped)
    return 0


if __name__ == "__main__":
    sys.exit(main())
