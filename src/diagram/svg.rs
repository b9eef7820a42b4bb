//! A Scene as an SVG document: for tests, pictures and whoever wants the drawing without the page.

use std::fmt::Write;

use super::scene::{Object, Run, Scene, Shape};

/// Writes a Scene. Styles and icons come from outside: class names and `#icon` references are the page's.
pub fn write(scene: &Scene) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"stage\" viewBox=\"0 0 {} {}\" role=\"tree\" aria-label=\"{}\">",
        scene.width,
        scene.height,
        escaped(&scene.label)
    );
    out.push_str("<g aria-hidden=\"true\">");
    scene.backdrop.iter().for_each(|shape| shape_to(&mut out, shape));
    out.push_str("</g>");
    for zone in &scene.zones {
        match zone.label.is_empty() {
            true => out.push_str("<g aria-hidden=\"true\">"),
            false => {
                let _ = write!(out, "<g role=\"group\" aria-label=\"{}\">", escaped(&zone.label));
            }
        }
        zone.objects.iter().for_each(|object| object_to(&mut out, object));
        out.push_str("</g>");
    }
    out.push_str("</svg>");
    out
}

fn object_to(out: &mut String, object: &Object) {
    let _ = write!(
        out,
        "<g class=\"{} {}\" style=\"{}\" data-key=\"{}\"",
        object.kind.class(),
        escaped(&object.class),
        style(object.hue, object.x, object.y),
        escaped(&object.key)
    );
    if object.is_decoration() {
        out.push_str(" aria-hidden=\"true\">");
    } else {
        let _ = write!(
            out,
            " role=\"treeitem\" aria-level=\"{}\" aria-label=\"{}\">",
            object.level,
            escaped(&object.label)
        );
    }
    object.shapes.iter().for_each(|shape| shape_to(out, shape));
    out.push_str("</g>");
}

fn shape_to(out: &mut String, shape: &Shape) {
    let _ = match shape {
        Shape::Rect { class, x, y, w, h, r } => {
            let fill = if *class == "hatch" { " fill=\"url(#hatch)\"" } else { "" };
            write!(out, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{r}\"{fill}/>")
        }
        Shape::Circle { class, x, y, r } => write!(out, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>"),
        Shape::Path { class, d, arrow } => {
            let marker = if *arrow { " marker-end=\"url(#ar)\"" } else { "" };
            write!(out, "<path class=\"{class}\" d=\"{d}\"{marker}/>")
        }
        Shape::Icon { class, name, x, y, size } => write!(
            out,
            "<svg class=\"i {class}\" x=\"{x}\" y=\"{y}\" width=\"{size}\" height=\"{size}\"><use href=\"#{name}\"/></svg>"
        ),
        Shape::Text { class, x, y, turned, runs } => {
            let place = match turned {
                true => format!("transform=\"translate({x} {y}) rotate(-90)\""),
                false => format!("x=\"{x}\" y=\"{y}\""),
            };
            write!(out, "<text class=\"{class}\" {place}>{}</text>", runs.iter().map(run_of).collect::<String>())
        }
        Shape::Group { class, hue, x, y, shapes } => {
            let opened = write!(out, "<g class=\"{}\" style=\"{}\">", escaped(class), style(*hue, *x, *y));
            shapes.iter().for_each(|shape| shape_to(out, shape));
            out.push_str("</g>");
            opened
        }
    };
}

/// The style of a group or an object: its hue and its place.
pub fn style(hue: Option<u16>, x: i32, y: i32) -> String {
    let mut style = hue.map(|hue| format!("--h:{hue};")).unwrap_or_default();
    if (x, y) != (0, 0) {
        style.push_str(&format!("transform:translate({x}px,{y}px)"));
    }
    style
}

fn run_of(run: &Run) -> String {
    match (run.class, run.gap) {
        ("", 0) => escaped(&run.text),
        (class, gap) => format!("<tspan class=\"{class}\" dx=\"{gap}\">{}</tspan>", escaped(&run.text)),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
