//! What channels and configuration elements may be called (rule l:C14).
//!
//! Fabric: common/configtx/validator.go.

use super::ConfigError;

/// Longest name of a channel or of a configuration element, in bytes.
const MAX_LENGTH: usize = 249;

/// Checks a channel name: `[a-z][a-z0-9.-]*`, 249 characters at most.
pub fn validate_channel_id(id: &str) -> Result<(), ConfigError> {
    let refuse = |text: String| Err(ConfigError::refused(text));
    if id.is_empty() {
        return refuse("channel ID illegal, cannot be empty".into());
    }
    if id.len() > MAX_LENGTH {
        return refuse(format!(
            "channel ID illegal, cannot be longer than {MAX_LENGTH}"
        ));
    }
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    if !id.starts_with(|c: char| c.is_ascii_lowercase()) || !id.chars().all(legal) {
        return refuse(format!("'{id}' contains illegal characters"));
    }
    Ok(())
}

/// Checks the key of a group, value or policy: `[a-zA-Z0-9.-]+`, 249 characters at most, not `.` nor `..`.
pub fn validate_config_id(id: &str) -> Result<(), ConfigError> {
    let refuse = |text: String| Err(ConfigError::refused(text));
    if id.is_empty() {
        return refuse("config ID illegal, cannot be empty".into());
    }
    if id.len() > MAX_LENGTH {
        return refuse(format!(
            "config ID illegal, cannot be longer than {MAX_LENGTH}"
        ));
    }
    if matches!(id, "." | "..") {
        return refuse(format!("name '{id}' for config ID is not allowed"));
    }
    if !id
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
    {
        return refuse(format!("config ID '{id}' contains illegal characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_names() {
        assert!(validate_channel_id("my.channel-1").is_ok());
        let error = |id: &str| validate_channel_id(id).unwrap_err().to_string();
        assert_eq!(
            error("MyChannel"),
            "'MyChannel' contains illegal characters"
        );
        assert_eq!(error(""), "channel ID illegal, cannot be empty");
        assert_eq!(
            error(&"a".repeat(250)),
            "channel ID illegal, cannot be longer than 249"
        );
    }

    #[test]
    fn element_names() {
        assert!(validate_config_id("Org-1.MSP").is_ok());
        let error = |id: &str| validate_config_id(id).unwrap_err().to_string();
        assert_eq!(error(".."), "name '..' for config ID is not allowed");
        assert_eq!(error("a/b"), "config ID 'a/b' contains illegal characters");
    }
}
