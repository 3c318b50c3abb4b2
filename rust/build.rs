fn main() {
    let bridges = ["src/lib.rs", "src/cassandra.rs"];
    cxx_build::bridges(bridges).std("c++20").compile("sluice_bridge_cxx");
    for bridge in bridges {
        println!("cargo:rerun-if-changed={bridge}");
    }
}
