//! Tables as buildx prints them: cells filled up with tabs.

/// A tab's columns.
const TAB: usize = 8;

/// Rows of cells, the columns as wide as their widest cell; the last cell of a row is not filled up.
pub fn tabbed(rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate().take(row.len().saturating_sub(1)) {
            let width = (cell.chars().count() + 1).next_multiple_of(TAB);
            match widths.get_mut(at) {
                Some(known) => *known = (*known).max(width),
                None => widths.push(width),
            }
        }
    }
    let mut out = String::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            out.push_str(cell);
            if at + 1 < row.len() {
                let missing = widths[at].saturating_sub(cell.chars().count());
                out.push_str(&"\t".repeat(missing.div_ceil(TAB)));
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_filled_up_with_tabs() {
        let row = |cells: [&str; 3]| cells.map(String::from).to_vec();
        let id = format!("{:<40}", "pe4mhz2sf4ntolqtoscx6hqjr");
        let rows = [row(["ID", "RECLAIMABLE", "SIZE"]), row([&id, "true ", "8.192kB"])];
        assert_eq!(tabbed(&rows), format!("ID\t\t\t\t\t\tRECLAIMABLE\tSIZE\n{id}\ttrue \t\t8.192kB\n"));
        assert_eq!(tabbed(&[vec!["Total:".into(), "0B".into()]]), "Total:\t0B\n");
    }
}
