//! `docker build --check`.

use crate::builder::build::{Built, Failure as Failed, excerpt};
use crate::cli::client::{Client, Outcome};
use crate::model::order::Order;

/// Tells what the checks found; a find is a failure.
pub async fn report(client: &Client, built: &Built, failed: Option<&Failed>) -> Outcome {
    let mut warnings = built.warnings.clone();
    warnings.order_by_key(|warning| warning.lines.0);
    let mut text = match (warnings.len(), failed) {
        (0, None) => "Check complete, no warnings found.\n".to_string(),
        (1, None) => "Check complete, 1 warning has been found!\n".to_string(),
        (count, None) => format!("Check complete, {count} warnings have been found!\n"),
        _ => String::new(),
    };
    for warning in &warnings {
        text += &format!("\nWARNING: {} - {}\n{}\n", warning.rule.name, warning.address(), warning.message);
        text += &excerpt(&built.name, &built.text, warning.lines);
    }
    client.print(&text).await?;
    if let Some(failed) = failed {
        let lines = failed.lines.map(|lines| excerpt(&built.name, &built.text, lines)).unwrap_or_default();
        client.warn(&format!("ERROR: {}\n{lines}\n", failed.message)).await;
    }
    Ok(i32::from(failed.is_some() || !warnings.is_empty()))
}
