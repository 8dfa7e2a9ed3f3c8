//! `replay FILE...`: runs the target that each file is named after over its inputs, which stand in it in
//! hexadecimal, a line each, and over the empty input. Ends with 1 on a finding, an unknown name or an empty file.

use libsock_fuzz::TARGETS;
use std::path::Path;
use std::process::ExitCode;

fn bytes(line: &str) -> Option<Vec<u8>> {
    let pairs = line.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn replay(file: &Path) -> Result<usize, String> {
    let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let target = TARGETS.iter().find(|target| target.0 == name).ok_or(format!("no target {name}"))?;
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    for line in text.lines().chain([""]) {
        let data = bytes(line).ok_or(format!("no hexadecimal: {line}"))?;
        std::panic::catch_unwind(|| target.1(&data)).map_err(|_| format!("finding: {line}"))?;
    }
    if text.is_empty() { Err("no inputs".to_owned()) } else { Ok(text.lines().count()) }
}

fn main() -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for file in std::env::args().skip(1) {
        match replay(Path::new(&file)) {
            Ok(count) => println!("ok {file}: {count} inputs"),
            Err(why) => {
                println!("not ok {file}: {why}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
