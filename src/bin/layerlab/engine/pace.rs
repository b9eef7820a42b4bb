//! How the machine's time goes on while callers come and go. The library reads no clock; this does.

use std::rc::Rc;
use std::time::{Duration, Instant};

use layerlab::kernel::Step;
use layerlab::model::limits;
use layerlab::model::time::Time;

use super::board::Board;
use super::options::Pace;

/// Real time that the machine works at a stretch, so that nobody waits long to be heard.
const STRETCH: Duration = Duration::from_millis(5);
/// Virtual time that runs on at most while nobody says anything.
const WAIT: Time = Time::seconds(limits::FOREGROUND_SECONDS);

/// When to look again.
enum Next {
    Now,
    In(Duration),
    /// When somebody calls.
    Call,
}

/// Lets the machine work, for ever.
pub async fn drive(board: Rc<Board>) {
    let begun = (Instant::now(), board.machine.borrow().now());
    let mut waited = Waited::default();
    loop {
        let next = match board.pace {
            Pace::Real(speed) => real(&board, begun, speed),
            Pace::Virtual => waited.work(&board),
        };
        let called = board.stir.notified();
        match next {
            Next::Now => tokio::task::yield_now().await,
            Next::In(length) => tokio::select! { () = tokio::time::sleep(length) => {}, () = called => {} },
            Next::Call => called.await,
        }
    }
}

/// The machine's clock goes by the wall's.
fn real(board: &Board, (real, machine): (Instant, Time), speed: f64) -> Next {
    let passed = Time::from_secs_f64(real.elapsed().as_secs_f64() * speed);
    board.machine.borrow_mut().set_target(machine.plus(passed));
    let until = Instant::now() + STRETCH;
    while Instant::now() < until {
        let step = board.machine.borrow_mut().run();
        board.deliver();
        if step == Step::Idle {
            let machine = board.machine.borrow();
            let wait = |event: Time| Duration::from_nanos((event.since(machine.now()).0 as f64 / speed) as u64);
            return machine
                .next_event()
                .map_or(Next::Call, |event| Next::In(wait(event).max(Duration::from_millis(1))));
        }
    }
    Next::Now
}

/// How long virtual time has run on for those who just wait.
#[derive(Default)]
struct Waited {
    since: Time,
    stirred: Option<Instant>,
}

impl Waited {
    /// Time runs while somebody waits for an answer; for those who wait for more it runs when all is quiet.
    fn work(&mut self, board: &Board) -> Next {
        if self.stirred != Some(board.stirred.get()) {
            self.stirred = Some(board.stirred.get());
            self.since = board.machine.borrow().now();
        }
        let until = Instant::now() + STRETCH;
        while Instant::now() < until {
            let mut machine = board.machine.borrow_mut();
            let Some(event) = machine.next_event() else { return Next::Call };
            if event > machine.now() {
                let Some(patience) = board.patience() else { return Next::Call };
                let rest = patience.saturating_sub(board.stirred.get().elapsed());
                if !rest.is_zero() {
                    return Next::In(rest);
                }
                if !patience.is_zero() && event.since(self.since) > WAIT {
                    return Next::Call;
                }
            }
            machine.set_target(event);
            machine.run();
            drop(machine);
            // Who has been answered may have something to say before time goes on.
            if board.deliver() > 0 && board.patience() != Some(Duration::ZERO) {
                board.touch();
                return Next::Now;
            }
        }
        Next::Now
    }
}
