//! `docker login` and `docker logout`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::credentials::{self, HUB};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Answer, Credentials, Request};
use crate::model::terminal::TtyId;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let server = call.args.first().filter(|server| !server.is_empty()).map_or(HUB, String::as_str);
    if call.command == "logout" {
        client.print(&format!("Removing login credentials for {server}\n")).await?;
        credentials::erase(client, server).await?;
        return Ok(0);
    }
    let flags = &call.flags;
    let user = flags.text("username").to_string();
    let mut password = flags.text("password").to_string();
    if flags.is_set("password") {
        client.warn("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n").await;
    }
    if flags.bool("password-stdin") {
        if flags.is_set("password") {
            return Err(Failure::new("--password and --password-stdin are mutually exclusive"));
        }
        if user.is_empty() {
            return Err(Failure::new("the --password-stdin option requires --username to be set"));
        }
        let bytes = client.sys.read_to_end(0).await?;
        password = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_string();
    }
    if !user.is_empty() && !password.is_empty() {
        return log_in(client, server, Credentials { username: user, password }).await;
    }
    if let Some(known) =
        credentials::get(client, server).await.filter(|known| user.is_empty() || known.username == user)
    {
        return again(client, server, &known).await;
    }
    let credentials = ask(client, server, user).await?;
    log_in(client, server, credentials).await
}

/// Logs in and remembers it.
async fn log_in(client: &Client, server: &str, credentials: Credentials) -> Outcome {
    let request = Request::Auth { server: server.to_string(), credentials: credentials.clone() };
    let answer = client.call(request).await?;
    let known = credentials::get(client, server).await.as_ref() == Some(&credentials);
    credentials::put(client, server, &credentials).await?;
    if !known {
        let path = credentials::path(client);
        let text = format!("\nWARNING! Your credentials are stored unencrypted in '{path}'.\n");
        let more = "Configure a credential helper to remove this warning. See\nhttps://docs.docker.com/go/credential-store/\n\n";
        client.warn(&(text + more)).await;
    }
    said(client, &answer).await
}

async fn said(client: &Client, answer: &Answer) -> Outcome {
    if let Answer::Lines(lines) = answer {
        client.print(&lines.iter().map(|line| format!("{line}\n")).collect::<String>()).await?;
    }
    Ok(0)
}

/// A word to the person, in colours on a terminal.
fn notice(client: &Client, text: &str) -> String {
    if client.sys.is_terminal(2).is_some() {
        return format!("\x1b[1m\x1b[106m\x1b[30mi\x1b[0m\x1b[0m \x1b[96mInfo → \x1b[0m\x1b[0m\x1b[3m{text}\x1b[0m");
    }
    format!(" Info -> {text}")
}

/// With the login that is remembered.
async fn again(client: &Client, server: &str, known: &Credentials) -> Outcome {
    let text = format!("Authenticating with existing credentials... [Username: {}]\n\n", known.username);
    let hint = "To login with a different account, run 'docker logout' followed by 'docker login'";
    client.warn(&format!("{text}{}\n\n\n", notice(client, hint))).await;
    let answer = client.call(Request::Auth { server: server.to_string(), credentials: known.clone() }).await?;
    said(client, &answer).await
}

/// Asks for what is missing.
async fn ask(client: &Client, server: &str, user: String) -> Result<Credentials, Failure> {
    let Some(tty) = client.sys.is_terminal(0) else {
        return Err(Failure::new("Error: Cannot perform an interactive login from a non TTY device"));
    };
    let mut username = user;
    if username.is_empty() && server == HUB {
        let hint = "name the account: docker login -u learner (its password is layerlab)";
        return Err(Failure::new(format!("layerlab: the login in a browser is not simulated; {hint}")));
    }
    if username.is_empty() {
        client.print("Username: ").await?;
        username = line(client).await?;
        if username.is_empty() {
            return Err(Failure::new("error: username is required"));
        }
    } else if server == HUB {
        let hint = notice(client, "A Personal Access Token (PAT) can be used instead.");
        let more = "To create a PAT, visit \x1b[4mhttps://app.docker.com/settings\x1b[0m";
        let (lead, blank) = ("         \x1b[3m", "\x1b[0m\n");
        client.print(&format!("\n{hint}\n{lead}{more}{blank}{lead}{blank}{lead}{blank}")).await?;
    }
    client.print("Password: ").await?;
    echo(client, tty, false);
    let password = line(client).await;
    echo(client, tty, true);
    client.print("\n").await?;
    let password = password?;
    if password.is_empty() {
        return Err(Failure::new("error: password is required"));
    }
    Ok(Credentials { username, password })
}

/// Whether the terminal shows what is typed.
fn echo(client: &Client, tty: TtyId, shown: bool) {
    client.sys.world(|w| {
        if let Some(terminal) = w.terminal_mut(tty) {
            terminal.echo = shown;
        }
    });
}

async fn line(client: &Client) -> Result<String, Failure> {
    let bytes = client.sys.read(0, 4096).await?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_string())
}
