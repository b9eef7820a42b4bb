//! Questions in the lesson pane. What was answered is in the session's log; nothing is kept here.

use layerlab::lesson::{Form, Quiz, shown};
use layerlab::words::Words;
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use super::icon::icon;
use super::lesson::{Ask, spans};

/// A question, its choices, and what is to be said of the answer.
#[inline(never)]
pub fn view(quiz: &Quiz, name: &str, given: Option<&str>, words: &'static Words, ask: &Callback<Ask>) -> Html {
    let page = &words.page;
    let right = given.is_some_and(|given| quiz.right(given));
    let over = right || (quiz.form == Form::Predict && given.is_some());
    let kind = if quiz.form == Form::Predict { page.guess } else { page.question };
    let said = match given {
        None => "",
        Some(_) if right => page.right,
        Some(_) => page.not_yet,
    };
    let class = if right { "quiz right" } else { "quiz" };
    html! {
        <section class={class} data-part="quiz" data-name={name.to_owned()}>
            <h3>{ icon("now", 14) }{ kind }</h3>
            <p>{ spans(&quiz.question) }</p>
            { match quiz.form {
                Form::Order => order(quiz, name, given, words, ask),
                Form::Fill => fill(name, given, words, ask),
                _ => choices(quiz, name, given, ask),
            } }
            <p class="verdict" aria-live="polite">
                if !said.is_empty() { <b>{ said }</b> }
                if over { <span>{ " " }{ spans(&quiz.why) }</span> }
            </p>
        </section>
    }
}

fn answer(ask: &Callback<Ask>, name: &str, given: String) -> Callback<MouseEvent> {
    let (ask, name) = (ask.clone(), name.to_owned());
    Callback::from(move |_: MouseEvent| ask.emit(Ask::Answer(name.clone(), given.clone())))
}

fn numbers(given: Option<&str>) -> Vec<usize> {
    given.unwrap_or_default().split(',').filter_map(|number| number.parse().ok()).collect()
}

fn listed(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}

/// Buttons that are on or off: one of them, or as many as one likes.
fn choices(quiz: &Quiz, name: &str, given: Option<&str>, ask: &Callback<Ask>) -> Html {
    let taken = numbers(given);
    let several = quiz.form == Form::Several;
    let one = |(number, choice): (usize, &layerlab::lesson::Choice)| {
        let on = taken.contains(&number);
        let next = match several {
            false => number.to_string(),
            true => {
                listed(&(0..quiz.choices.len()).filter(|n| taken.contains(n) != (*n == number)).collect::<Vec<_>>())
            }
        };
        html! {
            <button type="button" class={on.then_some("on")} aria-pressed={on.to_string()} onclick={answer(ask, name, next)}>
                { icon(if on { "check" } else { "dot" }, 14) }<span>{ spans(&choice.text) }</span>
            </button>
        }
    };
    html! { <div class="choices">{ for quiz.choices.iter().enumerate().map(one) }</div> }
}

/// Rows that are moved up until they stand right.
fn order(quiz: &Quiz, name: &str, given: Option<&str>, words: &'static Words, ask: &Callback<Ask>) -> Html {
    let rows = match given {
        Some(_) => numbers(given),
        None => shown(quiz.choices.len()),
    };
    let row = |(place, number): (usize, &usize)| {
        let text = quiz.choices.get(*number).map(|choice| spans(&choice.text));
        let mut next = rows.clone();
        if place > 0 {
            next.swap(place, place - 1);
        }
        html! {
            <li data-number={number.to_string()}>
                <button type="button" aria-label={words.page.up} disabled={place == 0} onclick={answer(ask, name, listed(&next))}>{ "↑" }</button>
                <span>{ text }</span>
            </li>
        }
    };
    html! { <ol class="order">{ for rows.iter().enumerate().map(row) }</ol> }
}

/// A line to fill in.
fn fill(name: &str, given: Option<&str>, words: &'static Words, ask: &Callback<Ask>) -> Html {
    let (ask, name) = (ask.clone(), name.to_owned());
    let input = NodeRef::default();
    let field = input.clone();
    let send = Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.cast::<HtmlInputElement>() {
            ask.emit(Ask::Answer(name.clone(), field.value()));
        }
    });
    html! {
        <form class="fill" onsubmit={send}>
            <input ref={input} type="text" autocomplete="off" autocapitalize="off" spellcheck="false"
                aria-label={words.page.answer} value={given.unwrap_or_default().to_owned()} />
            <button type="submit">{ words.page.answer }</button>
        </form>
    }
}
