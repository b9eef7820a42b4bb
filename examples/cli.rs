fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let home = std::env::var("CLIHOME").unwrap_or("/home/learner".into());
    if args.first().map(|a| a == "--tpl").unwrap_or(false) {
        let text = std::fs::read_to_string(&args[2]).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let v = layerlab::cli::template::Value::typed(&json);
        match layerlab::cli::template::Template::parse(&args[1]) {
            Err(e) => {
                println!("template parsing error: {e}");
            }
            Ok(t) => match t.execute(&v, false) {
                Ok(o) => println!("{o}"),
                Err(e) => println!("\ntemplate parsing error: {e}"),
            },
        }
        return;
    }
    match layerlab::cli::dispatch(&args, &home) {
        Ok(i) => println!("RUN {} {:?} {:?}", i.command, i.flags.given().collect::<Vec<_>>(), i.args),
        Err(a) => {
            {
                print!("{}", a.stdout);
                eprint!("{}", a.stderr);
            }
            std::process::exit(a.code)
        }
    }
}
