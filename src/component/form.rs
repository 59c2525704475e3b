//! XEP-0004: Data Forms, with the validation of XEP-0122. Views of the table of commands.

use std::collections::BTreeMap;

use minidom::{
    Element,
    rxml::{Namespace, NcName},
};
use xmpp_parsers::{
    data_forms::{DataForm, DataFormType, Field, FieldType, Option_},
    data_forms_validate::{Datatype, Method, Validate},
};

use crate::{
    chat::{
        draft::{CHOICE, Draft},
        field::{self, FieldKind, Need},
    },
    domain::lang::Lang,
    wire::ns,
};

/// What somebody filled in, by the field's name. Read without looking at types, which clients
/// leave out; fields that nobody knows are passed over later (XEP-0004 §3.1).
pub type Given = BTreeMap<String, Vec<String>>;

/// Reads a form of type submit.
#[must_use]
pub fn submitted(form: &Element) -> Option<Given> {
    if form.attr("type") != Some("submit") {
        return None;
    }
    let fields = form.children().filter(|child| child.is("field", ns::DATA_FORMS));
    let values = |field: &Element| {
        let values = field.children().filter(|child| child.is("value", ns::DATA_FORMS));
        values.map(Element::text).collect()
    };
    Some(fields.filter_map(|field| Some((field.attr("var")?.to_owned(), values(field)))).collect())
}

/// The page that is open, below what is wrong with what was given before: Profanity 0.13 shows no
/// note beside a form.
#[must_use]
pub fn page(open: &Draft, wrong: Option<&str>) -> String {
    let command = open.call.command;
    let (mut fields, instructions) = match &open.asked {
        Some(question) => {
            let mut field = labelled(CHOICE, FieldType::ListSingle, &question.text);
            field.required = true;
            field.options = options(question.options.clone());
            field.values.extend(question.options.first().map(|(value, _)| value.clone()));
            (vec![field], question.text.clone())
        }
        None => (
            open.fields().map(|field| shown(field, open)).collect(),
            command.help.in_lang(open.lang).to_owned(),
        ),
    };
    if let Some(wrong) = wrong {
        fields.insert(0, fixed(wrong));
    }
    write(&DataForm {
        type_: DataFormType::Form,
        title: Some(command.title.in_lang(open.lang).to_owned()),
        instructions: Some(instructions),
        fields,
    })
}

/// What came of a command, a line in each field: some clients show nothing else of a result.
#[must_use]
pub fn result(title: &str, text: &str) -> String {
    write(&DataForm {
        type_: DataFormType::Result_,
        title: Some(title.to_owned()),
        instructions: None,
        fields: text.lines().map(fixed).collect(),
    })
}

fn fixed(line: &str) -> Field {
    Field { var: None, values: vec![line.to_owned()], ..Field::new("", FieldType::Fixed) }
}

fn shown(field: &field::Field, open: &Draft) -> Field {
    let lang = open.lang;
    let kind = match field.kind {
        FieldKind::Line
        | FieldKind::Name
        | FieldKind::Asker
        | FieldKind::Code
        | FieldKind::Reach(_)
        | FieldKind::Digits
        | FieldKind::Parts
        | FieldKind::Hours
        | FieldKind::Zone
        | FieldKind::Number { .. } => FieldType::TextSingle,
        // Not jid-multi: names and phone numbers are taken too.
        FieldKind::Prose | FieldKind::People | FieldKind::Several => FieldType::TextMulti,
        FieldKind::Choice(_) | FieldKind::Listed(_) | FieldKind::Part => FieldType::ListSingle,
        FieldKind::Switch => FieldType::Boolean,
    };
    let mut shown = labelled(field.var, kind, field.label.in_lang(lang));
    shown.desc = Some(field.hint.in_lang(lang).to_owned());
    shown.required = field.need == Need::Required;
    shown.values = open.call.all(field.var).to_vec();
    if let FieldKind::Prose = field.kind {
        shown.values = shown.values.iter().flat_map(|it| it.lines()).map(str::to_owned).collect();
    }
    if let FieldKind::Hours = field.kind {
        shown.values.iter_mut().for_each(|value| *value = field.kind.shown(value, lang));
    }
    if shown.type_ == FieldType::ListSingle {
        shown.options = options(field.kind.options(lang));
        if field.has_none() {
            shown.options.insert(0, none(lang));
        }
        if shown.values.is_empty() {
            shown.values.extend(shown.options.first().map(|option| option.value.clone()));
        }
    }
    if shown.type_ == FieldType::Boolean && shown.values.is_empty() {
        shown.values.push("0".to_owned());
    }
    if let FieldKind::Number { min, max } = field.kind {
        shown.validate = Some(Validate {
            datatype: Some(Datatype::Integer),
            method: Some(Method::Range { min: Some(min.to_string()), max: Some(max.to_string()) }),
            list_range: None,
        });
    }
    shown
}

fn none(lang: Lang) -> Option_ {
    let label = match lang {
        Lang::En => "–",
        Lang::Zh => "——",
    };
    Option_ { label: Some(label.to_owned()), value: field::NONE.to_owned() }
}

fn labelled(var: &str, kind: FieldType, label: &str) -> Field {
    Field { label: Some(label.to_owned()), ..Field::new(var, kind) }
}

fn options(of: Vec<(String, String)>) -> Vec<Option_> {
    of.into_iter().map(|(value, label)| Option_ { label: Some(label), value }).collect()
}

fn write(form: &DataForm) -> String {
    // A form of ours that cannot be written is a fault of ours; the command goes without.
    let written = xso::to_vec(form).ok();
    let Some(mut form) = written.and_then(|xml| Element::from_reader(xml.as_slice()).ok()) else {
        return String::new();
    };
    for field in form.children_mut().filter(|child| child.name() == "field") {
        // The type that a field has without one; Profanity 0.13 cannot fill in a field without.
        if field.attr("type").is_none()
            && let Ok(name) = NcName::try_from("type")
        {
            field.set_attr(Namespace::NONE, name, "text-single");
        }
    }
    String::from(&form)
}
