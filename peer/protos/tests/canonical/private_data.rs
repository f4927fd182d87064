//! Private writes in clear, as the peers served them.

use crate::golden;
use crate::rwset;
use crate::tally::Tally;

#[test]
fn private_write_sets_come_back() {
    let mut tally = Tally::default();
    for file in ["pvtdata.jsonl", "aux/pvtdata.jsonl"] {
        for line in golden::json_lines(file) {
            tally.at(format!("{file} {}[{}]", line["block"], line["tx"]));
            rwset::private(&mut tally, &golden::hex_field(&line, "txpvtrwset_hex"));
        }
    }
    tally.assert_exceptions(&[]);
    tally.assert_at_least(&[("rwset::TxPvtReadWriteSet", 29), ("kvrwset::KvrwSet", 29)]);
}
