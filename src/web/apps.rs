//! Chat apps for whoever has none: free ones that add a contact from a link, each by the address
//! at which its makers give it away.

use axum::http::{HeaderMap, header};

/// What a device runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Android,
    Ios,
    MacOs,
    Windows,
    Linux,
}

/// An app and where it is given away.
pub(super) struct App {
    pub(super) name: &'static str,
    pub(super) url: &'static str,
    pub(super) host: &'static str,
    systems: &'static [System],
}

const fn app(
    name: &'static str,
    url: &'static str,
    host: &'static str,
    systems: &'static [System],
) -> App {
    App { name, url, host, systems }
}

/// The one that needs no installing.
pub(super) const CONVERSE: App = app("Converse", "https://conversejs.org/", "conversejs.org", &[]);

/// For each system the most suitable first.
const APPS: [App; 6] = [
    app("Conversations", "https://conversations.im/", "conversations.im", &[System::Android]),
    app("Cheogram", "https://cheogram.com/", "cheogram.com", &[System::Android]),
    app("Monal", "https://monal-im.org/", "monal-im.org", &[System::Ios, System::MacOs]),
    app("Beagle", "https://beagle.im/", "beagle.im", &[System::MacOs]),
    app("Gajim", "https://gajim.org/", "gajim.org", &[System::Windows, System::Linux]),
    app("Dino", "https://dino.im/", "dino.im", &[System::Linux]),
];

impl System {
    const ALL: [Self; 5] = [Self::Android, Self::Ios, Self::MacOs, Self::Windows, Self::Linux];

    /// What the reader's browser says it runs on; none when it does not say.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
        // Android says Linux too, and an iPhone that it is like Mac OS.
        let known = [
            ("Android", Self::Android),
            ("HarmonyOS", Self::Android),
            ("iPhone", Self::Ios),
            ("iPad", Self::Ios),
            ("iPod", Self::Ios),
            ("Windows", Self::Windows),
            ("Macintosh", Self::MacOs),
            ("Linux", Self::Linux),
            ("BSD", Self::Linux),
            ("X11", Self::Linux),
        ];
        known.iter().find(|(word, _)| agent.contains(word)).map(|(_, system)| *system)
    }

    /// Whether it is held in the hand that would hold the camera.
    pub(super) fn is_handheld(self) -> bool {
        matches!(self, Self::Android | Self::Ios)
    }

    /// Its name, in any language.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Android => "Android",
            Self::Ios => "iPhone · iPad",
            Self::MacOs => "macOS",
            Self::Windows => "Windows",
            Self::Linux => "Linux",
        }
    }

    /// The apps for it.
    pub(super) fn apps(self) -> Vec<&'static App> {
        APPS.iter().filter(|app| app.systems.contains(&self)).collect()
    }

    /// All systems but `but`.
    pub(super) fn others(but: Option<Self>) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |system| Some(*system) != but)
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn of(agent: &str) -> Option<System> {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, agent.parse().unwrap());
        System::of(&headers)
    }

    #[test]
    fn a_device_is_known_by_what_its_browser_says() {
        for (agent, system) in [
            ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/130.0 Mobile", Some(System::Android)),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari", Some(System::Ios)),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari", Some(System::MacOs)),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/130.0", Some(System::Windows)),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0", Some(System::Linux)),
            ("Mozilla/5.0 (X11; OpenBSD amd64) Firefox/130.0", Some(System::Linux)),
            ("curl/8.0", None),
        ] {
            assert_eq!(of(agent), system, "{agent}");
        }
        assert_eq!(System::of(&HeaderMap::new()), None);
    }

    #[test]
    fn every_system_has_apps_and_every_app_says_whose_address_it_has() {
        for system in System::ALL {
            assert!(!system.apps().is_empty(), "{system:?}");
            assert!(!System::others(Some(system)).any(|other| other == system));
        }
        for app in APPS.iter().chain([&CONVERSE]) {
            let url = Url::parse(app.url).unwrap();
            assert_eq!((url.scheme(), url.host_str()), ("https", Some(app.host)));
        }
    }
}
