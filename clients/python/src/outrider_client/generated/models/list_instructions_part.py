from typing import Literal

ListInstructionsPart = Literal["remaining", "route"]

LIST_INSTRUCTIONS_PART_VALUES: set[ListInstructionsPart] = {
    "remaining",
    "route",
}


def check_list_instructions_part(value: str) -> ListInstructionsPart:
    if value in LIST_INSTRUCTIONS_PART_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_INSTRUCTIONS_PART_VALUES!r}")
