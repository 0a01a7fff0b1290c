"""Evaluates a CloudFormation template strictly: more than any stack would ask of it.

CloudFormation's transforms look into branches that no condition takes, and into resources whose
condition is false. Local tools look only at what is taken, so they accept templates that AWS
refuses. Here everything has to resolve: both branches of each Fn::If, each resource and output
whether or not it would be created. Only one thing is asked of what is taken alone: that a resource
it refers to is created.

What cfn-lint checks well (attributes that GetAtt may name, properties, types) is left to it.
"""

import re
from dataclasses import dataclass, field

PSEUDO = {
    "AWS::StackName": "ses-warden",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
EXTENSIONS = "AWS::LanguageExtensions"


class Missing:
    """What `AWS::NoValue` leaves, and what could not be resolved: its problem is noted once."""

    def __repr__(self):
        return "nothing"


NO_VALUE = Missing()
UNKNOWN = Missing()


@dataclass
class Evaluation:
    """What a template comes to with some parameters: what would be created, and what is wrong."""

    template: dict
    given: dict
    parameters: dict = field(default_factory=dict)
    conditions: dict = field(default_factory=dict)
    resources: dict = field(default_factory=dict)
    outputs: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)

    def __post_init__(self):
        transform = self.template.get("Transform", [])
        self.has_extensions = EXTENSIONS in (transform if isinstance(transform, list) else [transform])
        self.take_parameters()
        self.rules = self.expanded(self.template.get("Conditions", {}), "Conditions")
        for name in self.rules:
            self.condition(name, f"Conditions.{name}")
        self.declared = self.expanded(self.template.get("Resources", {}), "Resources")
        self.resources = self.section(self.declared, "Resources")
        self.outputs = self.section(self.template.get("Outputs", {}), "Outputs")
        if shared := self.template.get("Globals"):
            self.resolve(shared, "Globals")

    # ------------------------------------------------------------ parameters and sections

    def take_parameters(self):
        specs = self.template.get("Parameters", {})
        for name in self.given.keys() - specs.keys():
            self.wrong("Parameters", f"there is no parameter {name}")
        for name, spec in specs.items():
            if name not in self.given and "Default" not in spec:
                self.wrong(f"Parameters.{name}", "has no value")
            value = str(self.given.get(name, spec.get("Default", "")))
            if not is_allowed(spec, value):
                self.wrong(f"Parameters.{name}", f"does not allow {value!r}")
            is_list = spec["Type"] == "CommaDelimitedList"
            self.parameters[name] = [item.strip() for item in value.split(",")] if is_list else value

    def section(self, bodies, title):
        """The members that would be created; all are looked at."""
        made = {}
        for name, body in bodies.items():
            path = f"{title}.{name}"
            taken = "Condition" not in body or self.condition(body["Condition"], path)
            for other in listed(body.get("DependsOn", [])):
                if other not in self.declared:
                    self.wrong(path, f"DependsOn names {other}, which is no resource")
            resolved = self.resolve(body, path, taken)
            if taken:
                made[name] = resolved
        return made

    def condition(self, name, path):
        """Whether a condition holds."""
        if name not in self.rules:
            self.wrong(path, f"there is no condition {name}")
            return False
        if name not in self.conditions:
            self.conditions[name] = False
            self.conditions[name] = self.holds(self.rules[name], f"Conditions.{name}")
        return self.conditions[name]

    def holds(self, node, path):
        if not isinstance(node, dict) or len(node) != 1:
            self.wrong(path, f"{node!r} is no condition")
            return False
        ((name, value),) = node.items()
        if name == "Condition":
            return self.condition(value, path)
        counts = {"Fn::Equals": (2, 2), "Fn::Not": (1, 1), "Fn::And": (2, 10), "Fn::Or": (2, 10)}
        if name not in counts or not counts[name][0] <= len(value) <= counts[name][1]:
            self.wrong(path, f"{name} cannot stand here, or not with {len(value)} values")
            return False
        if name == "Fn::Equals":
            left, right = (self.resolve(part, path) for part in value)
            return left == right
        parts = [self.holds(part, path) for part in value]
        return {"Fn::Not": lambda p: not p[0], "Fn::And": all, "Fn::Or": any}[name](parts)

    # ------------------------------------------------------------------------- functions

    def resolve(self, node, path="Resources", taken=True):
        """`node` with everything filled in; a reference becomes a stand-in such as `<Topic.Arn>`."""
        if isinstance(node, list):
            found = [self.resolve(part, f"{path}[{n}]", taken) for n, part in enumerate(node)]
            return [value for value in found if value is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, value),) = node.items()
            if name == "Ref":
                return self.ref(self.name_of(value, path, taken), path, taken)
            if name.startswith("Fn::"):
                function = getattr(self, "fn_" + name.removeprefix("Fn::").lower(), None)
                if function is None:
                    self.wrong(path, f"{name} is not known here")
                    return UNKNOWN
                return function(value, path, taken)
        found = {}
        for key, value in node.items():
            if key.startswith("Fn::"):
                self.wrong(path, f"{key} stands beside other keys")
            found[key] = self.resolve(value, f"{path}.{key}", taken)
        return {key: value for key, value in found.items() if value is not NO_VALUE}

    def name_of(self, value, path, taken):
        """The name in a Ref, which only the language extensions let be computed."""
        if isinstance(value, str):
            return value
        if not self.has_extensions:
            self.wrong(path, f"Ref takes a name, not {value!r}")
        return self.resolve(value, path, taken)

    def ref(self, name, path, taken):
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        return self.resource(name, f"<{name}>", path, taken)

    def resource(self, name, stand_in, path, taken):
        if not path.startswith(("Resources", "Outputs")):
            self.wrong(path, f"{name} is no parameter, and nothing else can be referred to here")
        elif name not in self.declared:
            self.wrong(path, f"{name} is neither a parameter nor a resource")
        elif taken and "Condition" in self.declared[name] and not self.condition(self.declared[name]["Condition"], path):
            self.wrong(path, f"refers to {name}, which is not created with these parameters")
        return stand_in

    def fn_getatt(self, value, path, taken):
        parts = value.split(".", 1) if isinstance(value, str) else value
        if len(parts) != 2 or not all(isinstance(part, str) for part in parts):
            self.wrong(path, f"Fn::GetAtt takes a resource and an attribute, not {value!r}")
            return UNKNOWN
        return self.resource(parts[0], f"<{parts[0]}.{parts[1]}>", path, taken)

    def fn_if(self, value, path, taken):
        if not isinstance(value, list) or len(value) != 3:
            self.wrong(path, "Fn::If takes a condition and two values")
            return UNKNOWN
        holds = self.condition(value[0], path)
        then = self.resolve(value[1], f"{path}.then", taken and holds)
        otherwise = self.resolve(value[2], f"{path}.else", taken and not holds)
        return then if holds else otherwise

    def fn_sub(self, value, path, taken):
        text, more = (value, {}) if isinstance(value, str) else value
        filled = {key: self.resolve(part, f"{path}.{key}", taken) for key, part in more.items()}
        if not isinstance(text, str) or text.count("${") != len(re.findall(r"\$\{[^}]*\}", text)):
            self.wrong(path, "Fn::Sub takes a text, and each ${ is closed")
            return UNKNOWN
        unused = more.keys() - set(re.findall(r"\$\{([^}]*)\}", text))
        if unused:
            self.wrong(path, f"Fn::Sub does not use {', '.join(sorted(unused))}")

        def fill(match):
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if not re.fullmatch(r"[A-Za-z0-9:.]+", name):
                self.wrong(path, f"${{{name}}} is no name")
                return ""
            if name in filled:
                found = filled[name]
            elif "." in name:
                found = self.fn_getatt(name, path, taken)
            else:
                found = self.ref(name, path, taken)
            if found is not UNKNOWN and not isinstance(found, str | int | float):
                self.wrong(path, f"${{{name}}} is {found!r}, no text")
            return str(found)

        return re.sub(r"\$\{([^}]*)\}", fill, text)

    def fn_join(self, value, path, taken):
        separator, parts = value
        found = self.resolve(parts, path, taken)
        if found is UNKNOWN or (isinstance(found, list) and UNKNOWN in found):
            return UNKNOWN
        if not isinstance(separator, str) or not isinstance(found, list) or not all(isinstance(f, str) for f in found):
            self.wrong(path, f"Fn::Join takes a text and a list of texts, not {found!r}")
            return UNKNOWN
        return separator.join(found)

    def fn_split(self, value, path, taken):
        separator, text = value[0], self.resolve(value[1], path, taken)
        if text is UNKNOWN:
            return UNKNOWN
        if not isinstance(separator, str) or not separator or not isinstance(text, str):
            self.wrong(path, f"Fn::Split takes two texts, not {text!r}")
            return UNKNOWN
        return text.split(separator)

    def fn_select(self, value, path, taken):
        index, found = value[0], self.resolve(value[1], path, taken)
        if found is UNKNOWN:
            return UNKNOWN
        if not re.fullmatch(r"\d+", str(index)):
            self.wrong(path, f"Fn::Select takes a number, not {index!r}")
            return UNKNOWN
        if not isinstance(found, list) or int(index) >= len(found):
            self.wrong(path, f"Fn::Select cannot select nonexistent value at index {index} of {found!r}")
            return UNKNOWN
        return found[int(index)]

    def fn_findinmap(self, value, path, taken):
        names = [self.resolve(part, path, taken) for part in value[:3]]
        table = self.template.get("Mappings", {}).get(names[0], {})
        found = table.get(names[1], {}).get(names[2])
        if len(value) > 3:
            if not self.has_extensions:
                self.wrong(path, "Fn::FindInMap has no default value without the language extensions")
            default = self.resolve(value[3]["DefaultValue"], path, taken)
            return default if found is None else found
        if found is None:
            self.wrong(path, f"there is nothing in the mapping under {' / '.join(map(str, names))}")
            return UNKNOWN
        return found

    # ----------------------------------------------------------------------------- loops

    def expanded(self, section, title):
        """A section with its loops written out."""
        out = {}
        for name, body in section.items():
            if not name.startswith("Fn::ForEach::"):
                out[name] = body
                continue
            path = f"{title}.{name}"
            if not self.has_extensions:
                self.wrong(path, "Fn::ForEach needs the language extensions")
            identifier, collection, fragment = body
            for item in self.resolve(collection, path):
                plain = re.sub(r"[^0-9A-Za-z]", "", item)
                for key, value in fragment.items():
                    key = key.replace(f"&{{{identifier}}}", plain).replace(f"${{{identifier}}}", plain)
                    out[key] = self.bound(value, identifier, item, f"{path}.{key}")
        return out

    def bound(self, node, identifier, item, path):
        """A loop's fragment for one item."""
        if isinstance(node, list):
            return [self.bound(part, identifier, item, path) for part in node]
        if not isinstance(node, dict):
            return node
        if node == {"Ref": identifier}:
            return item
        if isinstance(node.get("Fn::Sub"), str):
            return {"Fn::Sub": node["Fn::Sub"].replace(f"${{{identifier}}}", item)}
        if "Fn::Select" in node and node["Fn::Select"][0] == {"Ref": identifier}:
            self.wrong(path, f"Fn::Select takes the loop's identifier {identifier} as its index")
        return {key: self.bound(value, identifier, item, path) for key, value in node.items()}

    def wrong(self, path, what):
        self.problems.append(f"{path}: {what}")


def is_allowed(spec, value):
    """Whether a parameter takes a value."""
    if "AllowedValues" in spec and value not in map(str, spec["AllowedValues"]):
        return False
    if "AllowedPattern" in spec and not re.fullmatch(spec["AllowedPattern"], value):
        return False
    if spec["Type"] == "Number":
        return float(spec.get("MinValue", value)) <= float(value) <= float(spec.get("MaxValue", value))
    return True


def listed(value):
    return value if isinstance(value, list) else [value]
