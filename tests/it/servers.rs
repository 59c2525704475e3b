//! What holds on Prosody and on ejabberd alike.

/// Makes each fact two tests: `prosody::…` and `ejabberd::…`, so that each starts a server of its
/// own and says which of them failed.
macro_rules! facts {
    ($($fact:ident),+ $(,)?) => {
        mod prosody {
            $(#[tokio::test]
            async fn $fact() {
                Box::pin(super::$fact($crate::harness::server::Kind::Prosody)).await;
            })+
        }
        mod ejabberd {
            $(#[tokio::test]
            async fn $fact() {
                Box::pin(super::$fact($crate::harness::server::Kind::Ejabberd)).await;
            })+
        }
    };
}
pub(crate) use facts;
