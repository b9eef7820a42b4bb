//! The open lesson on paper: all its steps one below the other, with what is to be reached as boxes to tick.

use layerlab::lesson::{Form, Lesson};
use layerlab::words::Words;
use yew::prelude::*;

use super::lesson::{Ask, blocks, spans};

/// It is drawn while the page is printed, and hidden on a screen.
#[inline(never)]
pub fn view(lesson: &Lesson, words: &'static Words, ask: &Callback<Ask>) -> Html {
    let steps = lesson.steps.iter().enumerate().map(|(at, step)| {
        let conditions = step.check.iter().map(|one| html! { <li>{ one.meaning.replace('`', "") }</li> });
        let quizzes = step.questions().map(|(_, quiz)| {
            let choices = quiz.choices.iter().map(|choice| html! { <li>{ spans(&choice.text) }</li> });
            html! {
                <section class="ask">
                    <p>{ spans(&quiz.question) }</p>
                    if quiz.form != Form::Fill { <ul>{ for choices }</ul> } else { <p class="gap"></p> }
                </section>
            }
        });
        html! {
            <section>
                <h2>{ format!("{}. {}", at + 1, step.title) }</h2>
                { blocks(&step.blocks, words, ask) }
                { for quizzes }
                <ul class="tick">{ for conditions }</ul>
            </section>
        }
    });
    html! {
        <article class="handout" aria-hidden="true" data-part="handout">
            <h1>{ lesson.title.clone() }</h1>
            { blocks(&lesson.intro, words, ask) }
            { for steps }
        </article>
    }
}
