//! The token: made on first need, one mint at a time, renewed in time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use crate::domain::failure::Failure;
use crate::domain::secret::Secret;

/// A token with fewer than this left is renewed before it is used.
const MARGIN: Duration = Duration::from_secs(60);

/// A token and which one it is, so that a refusal of an old one does not cost the new one.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub secret: Secret,
    pub number: u64,
}

/// What a mint gives: the token and how long it lives.
pub(super) type Minted = Result<(Secret, Duration), Failure>;

type Minting = Shared<BoxFuture<'static, Result<Token, Failure>>>;

#[derive(Default)]
struct State {
    current: Option<(Token, Instant)>,
    minting: Option<(u64, Minting)>,
    number: u64,
}

/// Keeps the current token. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Keeper {
    state: Arc<Mutex<State>>,
}

impl Keeper {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // What a panic elsewhere leaves behind is a token or none, both of which are fine.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the current token, or waits for the one mint that makes it.
    ///
    /// The mint runs in a task of its own: a caller that stops waiting does not end it for others.
    pub(super) async fn get<F>(&self, mint: impl FnOnce() -> F) -> Result<Token, Failure>
    where
        F: Future<Output = Minted> + Send + 'static,
    {
        let minting = {
            let mut state = self.state();
            if let Some((token, expires)) = &state.current
                && Instant::now() + MARGIN < *expires
            {
                return Ok(token.clone());
            }
            match &state.minting {
                Some((_, minting)) => minting.clone(),
                None => {
                    state.number += 1;
                    let number = state.number;
                    let keeper = self.clone();
                    let work = mint();
                    let task = tokio::spawn(async move {
                        let minted = work.await;
                        keeper.finish(number, minted)
                    });
                    let keeper = self.clone();
                    let minting = async move {
                        task.await.unwrap_or_else(|_| {
                            keeper.state().minting = None;
                            Err(Failure::new(
                                crate::domain::failure::FailureKind::Internal,
                                "The token could not be made: its task broke off",
                            ))
                        })
                    };
                    let minting = minting.boxed().shared();
                    state.minting = Some((number, minting.clone()));
                    minting
                }
            }
        };
        minting.await
    }

    fn finish(&self, number: u64, minted: Minted) -> Result<Token, Failure> {
        let mut state = self.state();
        if state
            .minting
            .as_ref()
            .is_some_and(|(own, _)| *own == number)
        {
            state.minting = None;
        }
        let (secret, lives) = minted?;
        let token = Token { secret, number };
        // A mint that was overtaken by a change of organization serves its waiters and is not kept.
        if state.number == number {
            state.current = Some((token.clone(), Instant::now() + lives));
        }
        Ok(token)
    }

    /// Forgets a token that was refused, unless another has taken its place.
    pub(super) fn refused(&self, number: u64) {
        let mut state = self.state();
        if state
            .current
            .as_ref()
            .is_some_and(|(token, _)| token.number == number)
        {
            state.current = None;
        }
    }

    /// Forgets everything, for another organization.
    pub(super) fn reset(&self) {
        let mut state = self.state();
        state.current = None;
        state.minting = None;
        state.number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::Keeper;
    use crate::domain::secret::Secret;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    #[tokio::test]
    async fn one_mint_serves_all_and_survives_a_waiter_that_leaves() {
        let keeper = Keeper::default();
        let mints = Arc::new(AtomicU32::new(0));
        let gate = Arc::new(tokio::sync::Notify::new());
        let waiter = || {
            let (keeper, mints, gate) = (keeper.clone(), Arc::clone(&mints), Arc::clone(&gate));
            tokio::spawn(async move {
                keeper
                    .get(|| async move {
                        mints.fetch_add(1, Ordering::SeqCst);
                        gate.notified().await;
                        Ok((Secret::new("t"), Duration::from_secs(900)))
                    })
                    .await
            })
        };
        let first = waiter();
        tokio::task::yield_now().await;
        let others = [waiter(), waiter()];
        tokio::task::yield_now().await;
        first.abort();
        assert!(first.await.is_err());
        gate.notify_one();
        for other in others {
            assert_eq!(other.await.unwrap().unwrap().number, 1);
        }
        assert_eq!(mints.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_token_is_renewed_when_fewer_than_sixty_seconds_are_left() {
        let keeper = Keeper::default();
        let get = |seconds: u64| {
            keeper.get(move || async move { Ok((Secret::new("t"), Duration::from_secs(seconds))) })
        };
        assert_eq!(get(59).await.unwrap().number, 1);
        assert_eq!(get(900).await.unwrap().number, 2);
        assert_eq!(get(900).await.unwrap().number, 2);
        keeper.refused(1);
        assert_eq!(get(900).await.unwrap().number, 2);
        keeper.refused(2);
        assert_eq!(get(900).await.unwrap().number, 3);
    }
}
