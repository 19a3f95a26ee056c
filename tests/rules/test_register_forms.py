"""Every act of the register has a form, with a field for everything it may say."""

from typing import get_args

import msgspec

from coop.register.rules import kind_of
from schemas.register import AnyAct, CashShare
from tests.registry import act
from web.i18n.words import WORDS
from web.register_forms import FORMS, FieldKind, form_of, kind_word


def test_every_act_has_a_form_with_all_its_fields() -> None:
    acts = {of.__struct_config__.tag: of for of in get_args(AnyAct)}
    assert [form.kind for form in FORMS] == list(dict.fromkeys(form.kind for form in FORMS))
    assert {form.kind for form in FORMS} == acts.keys()
    for form in FORMS:
        assert {field.name for field in form.fields} == set(acts[form.kind].__struct_fields__)
        assert [field.name for field in form.fields[-3:]] == ["resolution", "originals", "note"]
        assert form.fields[0].name == "on"


def test_a_form_says_how_each_field_is_asked_for() -> None:
    form = form_of("calf")
    assert form is not None
    fields = {field.name: field for field in form.fields}
    assert [fields[name].kind for name in ("on", "member", "price", "batch", "origin", "calves")] == [
        FieldKind.DAY,
        FieldKind.MEMBER,
        FieldKind.AMOUNT,
        FieldKind.DETAIL,
        FieldKind.CHOICE,
        FieldKind.ROWS,
    ]
    assert [(one.name, one.kind, one.required) for one in fields["calves"].rows] == [
        ("ear_tag", FieldKind.TEXT, True),
        ("weight", FieldKind.QUANTITY, False),
    ]
    assert (fields["origin"].default, fields["price"].required, fields["resolution"].required) == (
        "own",
        True,
        False,
    )
    assert form_of("nothing") is None


def test_every_choice_has_a_word() -> None:
    choices = {choice for form in FORMS for field in form.fields for choice in field.choices}
    assert choices - WORDS.keys() == set()


def test_what_a_form_sends_is_an_act() -> None:
    one = act("cash on=2025-03-05 member=M0001 amount=8000.00")
    assert isinstance(one, CashShare)
    assert (kind_of(one), kind_word(one), one.amount) == ("cash", "Cash share", 800_000)
    assert msgspec.json.decode(msgspec.json.encode(one), type=CashShare) == one
