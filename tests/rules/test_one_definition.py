"""One name, one type: two types of one name in a namespace break the program without a word.

Compilers see one source at a time. What two headers define alike meets in the linker, which keeps
one of the inline functions of both.
"""

import collections
import os
import re
import unittest

from sources import root, sources

ROOT = root()
NAMESPACE = re.compile(r"^namespace (\S+) \{")
TYPE = re.compile(r"^(?:struct|class|enum class|enum) (\w+)\b[^;()]*\{")


def types(text):
    """Qualified names of the types that stand outside any other type or function."""
    namespace = ""
    for line in text.splitlines():
        if found := NAMESPACE.match(line):
            namespace = found[1]
        elif found := TYPE.match(line):
            yield f"{namespace}::{found[1]}"


class OneDefinition(unittest.TestCase):
    def test_no_two_headers_define_a_type_of_one_name(self):
        places = collections.defaultdict(list)
        for path in sources(ROOT, (".hpp",)):
            if path.startswith(("bench", "tests")):
                continue
            with open(os.path.join(ROOT, path)) as file:
                for name in types(file.read()):
                    places[name].append(path)
        self.assertGreater(len(places), 100)
        self.assertEqual({name: at for name, at in places.items() if len(at) > 1}, {})

    def test_definitions_are_told_from_declarations(self):
        text = "namespace a {\nstruct B;\nstruct C final : B {\n  struct D {};\n};\nenum class E : int { f };\n"
        self.assertEqual(list(types(text)), ["a::C", "a::E"])


if __name__ == "__main__":
    unittest.main()
