//! Roles, and what each of them may.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a key or a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// One vehicle: tells its positions, reports to its mission, and reads that.
    Vehicle,
    /// Reads everything of its tenant.
    Viewer,
    /// Creates and changes missions, networks and closures as well.
    Operator,
    /// Makes and revokes keys as well.
    Admin,
}

/// What a route needs. Each stands beside the route's handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Nothing: health, the login.
    Public,
    /// To be somebody: who one is, what everybody is told alike.
    Present,
    /// Reading one mission, or the network it runs on. A vehicle may read its own.
    ReadMission,
    /// Reading whatever the tenant has, such as lists.
    ReadTenant,
    /// Telling what a vehicle sees and where it is. A vehicle may speak for itself.
    Report,
    /// Creating and changing missions, networks and closures.
    Operate,
    /// Keys, and the record of who did what.
    Administer,
    /// How the service runs, whatever tenant that is for: for an admin of the tenant that the service belongs to.
    Manage,
    /// Figures of the whole service, whatever tenant they come from: for the tenant that the service belongs to.
    Measure,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 4] = [Role::Vehicle, Role::Viewer, Role::Operator, Role::Admin];

    /// The name.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Vehicle => "vehicle",
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }

    /// Whether the role has the permission. What a vehicle may hold only for its own mission.
    pub fn may(self, permission: Permission) -> bool {
        permission.roles().contains(&self)
    }
}

impl Permission {
    /// All permissions.
    pub const ALL: [Permission; 9] = [
        Permission::Public,
        Permission::Present,
        Permission::ReadMission,
        Permission::ReadTenant,
        Permission::Report,
        Permission::Operate,
        Permission::Administer,
        Permission::Manage,
        Permission::Measure,
    ];

    /// The roles that have it.
    pub fn roles(self) -> &'static [Role] {
        use Role::{Admin, Operator, Vehicle, Viewer};
        match self {
            Permission::Public | Permission::Present | Permission::ReadMission => &[Vehicle, Viewer, Operator, Admin],
            Permission::ReadTenant | Permission::Measure => &[Viewer, Operator, Admin],
            Permission::Report => &[Vehicle, Operator, Admin],
            Permission::Operate => &[Operator, Admin],
            Permission::Administer | Permission::Manage => &[Admin],
        }
    }

    /// The name by which handlers ask for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Permission::Public => "public",
            Permission::Present => "present",
            Permission::ReadMission => "read_mission",
            Permission::ReadTenant => "read_tenant",
            Permission::Report => "report",
            Permission::Operate => "operate",
            Permission::Administer => "administer",
            Permission::Manage => "manage",
            Permission::Measure => "measure",
        }
    }

    /// Whether it is about the whole service, and so only for the tenant that this belongs to.
    pub fn is_of_service(self) -> bool {
        matches!(self, Permission::Manage | Permission::Measure)
    }

    /// The least that is needed, in words: "the role operator or admin".
    pub fn needed(self) -> String {
        let names: Vec<&str> = self.roles().iter().map(|role| role.as_str()).collect();
        match names.as_slice() {
            [] => "no role that there is".to_owned(),
            [one] => format!("the role {one}"),
            [first @ .., last] => format!("the role {} or {last}", first.join(", ")),
        }
    }
}

/// A word that names no role, or no permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {expected}; got {got:?}")]
pub struct UnknownWord {
    expected: String,
    got: String,
}

fn named<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, text: &str) -> Result<T, UnknownWord> {
    all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
        UnknownWord { expected: names.join(", "), got: text.to_owned() }
    })
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        named(&Role::ALL, Role::as_str, text)
    }
}

impl FromStr for Permission {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        named(&Permission::ALL, Permission::as_str, text)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_what_it_names() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(permission));
        }
        assert!("root".parse::<Role>().unwrap_err().to_string().contains("vehicle, viewer, operator, admin"));
    }

    #[test]
    fn an_operator_may_what_a_viewer_may_and_an_admin_may_everything() {
        for permission in Permission::ALL {
            assert!(Role::Admin.may(permission), "{permission:?}");
            assert!(!Role::Viewer.may(permission) || Role::Operator.may(permission), "{permission:?}");
        }
        for permission in [Permission::ReadTenant, Permission::Operate, Permission::Administer, Permission::Measure] {
            assert!(!Role::Vehicle.may(permission), "{permission:?}");
        }
        for permission in [Permission::Report, Permission::Operate, Permission::Administer] {
            assert!(!Role::Viewer.may(permission), "{permission:?}");
        }
        assert!(!Role::Operator.may(Permission::Administer));
    }
}
