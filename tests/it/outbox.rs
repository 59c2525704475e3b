//! Deliveries as the program counts them.

mod audit;
