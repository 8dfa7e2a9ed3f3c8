//! What must hold in every state, and at every end.

use super::state::{Id, NOBODY, State};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Property {
    ClosedUnderCall,
    Theft,
    ClosedTwice,
    Leak,
    Stuck,
    ReturnedEarly,
    DetachHandedOver,
    WrongAnswer,
    ReusedUnderPin,
    StaleHint,
    ParentDisturbed,
    Spins,
}

impl Property {
    pub const ALL: [Property; 12] = [
        Property::ClosedUnderCall,
        Property::Theft,
        Property::ClosedTwice,
        Property::Leak,
        Property::Stuck,
        Property::ReturnedEarly,
        Property::DetachHandedOver,
        Property::WrongAnswer,
        Property::ReusedUnderPin,
        Property::StaleHint,
        Property::ParentDisturbed,
        Property::Spins,
    ];

    /// The words for it, here and in docs/model.md.
    pub fn text(self) -> &'static str {
        match self {
            Property::ClosedUnderCall => "closed under a running call",
            Property::Theft => "theft",
            Property::ClosedTwice => "closed twice",
            Property::Leak => "leak",
            Property::Stuck => "stuck",
            Property::ReturnedEarly => "close returns early",
            Property::DetachHandedOver => "detach hands over",
            Property::WrongAnswer => "wrong answer",
            Property::ReusedUnderPin => "slot reused under a pin",
            Property::StaleHint => "wake fd left set",
            Property::ParentDisturbed => "parent disturbed",
            Property::Spins => "spins",
        }
    }
}

/// A set of broken properties.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Broken(u16);

impl Broken {
    pub fn add(&mut self, property: Property) {
        self.0 |= 1 << property as u8;
    }

    pub fn has(self, property: Property) -> bool {
        self.0 & (1 << property as u8) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn list(self) -> Vec<Property> {
        Property::ALL.into_iter().filter(|property| self.has(*property)).collect()
    }
}

/// A state that nothing leaves: everyone must be done, and everything given back.
pub fn at_the_end(state: &State, script_lengths: &[usize]) -> Broken {
    let mut broken = Broken::default();
    for (thread, length) in state.threads.iter().zip(script_lengths) {
        if !thread.gone && (thread.running > 0 || usize::from(thread.at) < *length) {
            broken.add(Property::Stuck);
        }
        if !thread.gone && thread.wake {
            broken.add(Property::StaleHint);
        }
    }
    if broken.has(Property::Stuck) {
        return broken;
    }
    let mut held = [0; super::state::SLOTS];
    for (index, slot) in state.slots.iter().enumerate() {
        let id = Id { slot: index as u8, generation: slot.word.generation };
        match slot.word.life {
            super::state::Life::Open => held[index] = state.object_of(id),
            super::state::Life::Closing => broken.add(Property::Leak),
            super::state::Life::Free => {}
        }
        let left = slot.nodes.iter().any(|node| node.present) || slot.count > 0 || slot.fires > 0;
        let queued = slot.queued == (slot.word.life == super::state::Life::Free);
        if left || slot.lock != NOBODY || !queued {
            broken.add(Property::Leak);
        }
    }
    for object in state.table.iter().filter(|object| **object != 0) {
        if !state.foreign[usize::from(*object)] && !held.contains(object) {
            broken.add(Property::Leak);
        }
    }
    // A live handle whose descriptor went away.
    for object in held.iter().filter(|object| **object != 0) {
        if !state.table.contains(object) {
            broken.add(Property::ClosedTwice);
        }
    }
    broken
}
