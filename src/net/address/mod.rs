//! Socket addresses of every family: one value, constructors, getters and text forms.
