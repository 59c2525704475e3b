//! Units of measurement as people write them.

/// The symbol for a code of UN/CEFACT Recommendation 20: `L` for `LTR`. A code that is not in this
/// short table is shown as it is.
#[must_use]
pub fn symbol(code: &str) -> &str {
    match code {
        "MMT" => "mm",
        "CMT" => "cm",
        "MTR" => "m",
        "KMT" => "km",
        "INH" => "in",
        "FOT" => "ft",
        "MGM" => "mg",
        "GRM" => "g",
        "KGM" => "kg",
        "TNE" => "t",
        "ONZ" => "oz",
        "LBR" => "lb",
        "MLT" => "mL",
        "CLT" => "cL",
        "LTR" => "L",
        "MTK" => "m²",
        "MTQ" => "m³",
        "SEC" => "s",
        "MIN" => "min",
        "HUR" => "h",
        "DAY" => "d",
        "WTT" => "W",
        "KWT" => "kW",
        "KWH" => "kWh",
        "VLT" => "V",
        "AMP" => "A",
        "HTZ" => "Hz",
        "MHZ" => "MHz",
        "CEL" => "°C",
        "P1" => "%",
        "4L" => "MB",
        "E34" => "GB",
        "E35" => "TB",
        "C62" | "EA" | "H87" => "×",
        other => other,
    }
}
