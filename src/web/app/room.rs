//! How much room there is: for the Stage, and for the terminal's letters.

use web_sys::HtmlElement;

use super::App;

/// The height of a row and the width of a letter on the terminal, in pixels.
const CELL: (f64, f64) = (7.5, 19.0);
/// The room of a Stage that is not seen.
const UNSEEN: (i32, i32) = (1084, 520);

impl App {
    /// Whether the page has been laid out: the Stage is drawn for the room that it has, so not before.
    pub fn measured(&self) -> bool {
        self.size.0 > 0
    }

    /// Reads the sizes of the Stage and the terminal.
    pub(super) fn measure(&mut self) {
        let scale = self.looks.scale();
        let scaled = |pixels: i32| f64::from(pixels) / scale;
        if let Some(stage) = self.refs.stage.cast::<HtmlElement>() {
            let (width, height) = (scaled(stage.client_width()) as i32, scaled(stage.client_height()) as i32);
            if width > 0 && height > 0 {
                self.size = (width, height);
            }
        }
        if let Some(out) = self.refs.out.cast::<HtmlElement>() {
            let columns = ((scaled(out.client_width()) - 48.0) / CELL.0).clamp(20.0, 400.0) as u16;
            let rows = (scaled(out.client_height()) / CELL.1).clamp(5.0, 200.0) as u16;
            self.sitting.resize(rows, columns);
        }
        if !self.measured() {
            self.size = UNSEEN;
        }
        self.paint();
        self.moving = false;
    }
}
