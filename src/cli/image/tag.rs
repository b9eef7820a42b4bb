//! `docker tag`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::cli::format::quote::quoted;
use crate::engine::api::Request;
use crate::oci::reference::Reference;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let [image, target] = [0, 1].map(|at| call.args.get(at).cloned().unwrap_or_default());
    let is_id = image.len() == 64 && image.bytes().all(|byte| byte.is_ascii_hexdigit());
    for text in [&image, &target] {
        if let Err(bad) = Reference::parse(text)
            && !(is_id && text == &image)
        {
            let what = format!("{} is not a valid repository/tag", quoted(text));
            return Err(Failure::new(format!("Error parsing reference: {what}: {}", bad.0)));
        }
    }
    if Reference::parse(&target).is_ok_and(|reference| reference.digest.is_some()) {
        return Err(Failure::new("refusing to create a tag with a digest reference"));
    }
    client.call(Request::ImageTag { image, target }).await?;
    Ok(0)
}
