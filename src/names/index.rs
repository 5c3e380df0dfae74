//! The names that are known, by connector, entity and id.

use std::collections::HashMap;

use super::keys::Target;
use super::scan::PageNames;

/// So many names are known at most; of two halves the older one is forgotten.
const MOST: usize = 100_000;

/// The names of one half.
type Names = HashMap<String, HashMap<Target, HashMap<String, String>>>;

/// The names that are known. A lookup takes the same time however many there are.
#[derive(Debug, Clone, Default)]
pub struct NameIndex {
    new: Names,
    old: Names,
    /// How many the newer half has.
    count: usize,
}

impl NameIndex {
    /// Takes the names of a page.
    pub fn add(&mut self, page: &PageNames) {
        for (target, names) in &page.named {
            for (id, name) in names {
                self.set(&page.connector_id, target, id, name);
            }
        }
    }

    /// Notes that a record cannot be had, so that nobody asks for it again.
    pub fn set_absent(&mut self, connector_id: &str, target: &Target, id: &str) {
        self.set(connector_id, target, id, "");
    }

    fn set(&mut self, connector_id: &str, target: &Target, id: &str, name: &str) {
        if self.count >= MOST / 2 {
            self.old = std::mem::take(&mut self.new);
            self.count = 0;
        }
        let connector = self.new.entry(connector_id.to_owned()).or_default();
        let names = connector.entry(target.clone()).or_default();
        // A record of which only a part came does not take the name away.
        if name.is_empty() && names.contains_key(id) {
            return;
        }
        if names.insert(id.to_owned(), name.to_owned()).is_none() {
            self.count += 1;
        }
    }

    /// Returns the name of a record; `None` where none is known.
    pub fn name(&self, connector_id: &str, target: &Target, id: &str) -> Option<&str> {
        self.find(connector_id, target, id)
            .filter(|name| !name.is_empty())
    }

    /// Returns whether there is nothing to ask for: the name is known, or that there is none.
    pub fn knows(&self, connector_id: &str, target: &Target, id: &str) -> bool {
        self.find(connector_id, target, id).is_some()
    }

    fn find(&self, connector_id: &str, target: &Target, id: &str) -> Option<&str> {
        [&self.new, &self.old].into_iter().find_map(|half| {
            let name = half.get(connector_id)?.get(target)?.get(id)?;
            Some(name.as_str())
        })
    }
}
