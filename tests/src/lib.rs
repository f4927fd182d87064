//! Nothing: this package exists for its `tests` directory, what holds of the project and of a network as a whole.
