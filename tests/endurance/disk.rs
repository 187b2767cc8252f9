//! A disk that is really full: a small file system in memory, which only root can mount. And one whose calls fail: where
//! strace makes them fail.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::support::service::{Service, Settings};
use super::{probe, status, wait_until};

struct Disk(PathBuf);

impl Disk {
    /// Over a folder; `None` where nobody may mount.
    fn mount(size: &str, folder: &Path) -> Option<Self> {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"])
            .arg(folder)
            .output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder.to_owned()));
        }
        eprintln!("not tried: only root can mount a small disk");
        None
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Leaves no byte free.
    fn fill(&self) {
        let mut size = 1 << 20;
        let mut written = Vec::new();
        while size > 0 {
            let more = [&written[..], &vec![b'x'; size]].concat();
            match fs::write(self.ballast(), &more) {
                Ok(()) => written = more,
                Err(_) => size /= 2,
            }
        }
        // What a failed attempt has left.
        let _ = fs::write(self.ballast(), &written);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn write(service: &Service, key: &str) -> u16 {
    let body = format!(r#"{{"key":"{key}","value":"{}"}}"#, "v".repeat(3_000));
    status(service, "POST", "/system/properties", &body)
}

#[test]
fn a_full_disk_is_told_and_recovers_without_a_restart() {
    let mut service = Service::demo(Settings::demo());
    service.stop();
    let Some(disk) = Disk::mount("16m", &service.data_directory()) else {
        return;
    };
    // On an empty data directory.
    service.restart();
    let mut kept = Vec::new();
    for number in 0..5 {
        kept.push(format!("before.{number}"));
        assert_eq!(write(&service, &kept[number]), 201);
    }
    disk.fill();
    let mut refused = Vec::new();
    for number in 0..2_000 {
        let key = format!("full.{number}");
        match write(&service, &key) {
            201 => kept.push(key),
            503 => refused.push(key),
            other => panic!("{key}: {other}"),
        }
        if refused.len() >= 5 {
            break;
        }
    }
    assert_eq!(refused.len(), 5, "the disk takes everything");
    wait_until("readiness falls", || probe(&service, "readiness") == 503);
    assert_eq!(probe(&service, "liveness"), 200);
    assert_eq!(status(&service, "GET", "/users/jane", ""), 200);
    fs::remove_file(disk.ballast()).unwrap();
    wait_until("readiness comes back", || probe(&service, "readiness") == 200);
    assert_eq!(write(&service, "after"), 201);
    kept.push("after".to_owned());
    for key in kept {
        assert_eq!(property(&service, &key), 200, "{key} was lost");
    }
    for key in refused {
        assert_eq!(property(&service, &key), 404, "{key} was refused");
    }
}

#[test]
fn an_error_of_the_disk_is_told_and_recovers_without_a_restart() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        eprintln!("not tried: strace is not installed");
        return;
    }
    for failing in ["fdatasync,fsync", "pwrite64"] {
        let mut service = Service::demo(Settings::demo());
        let mut kept = vec!["before".to_owned()];
        assert_eq!(write(&service, &kept[0]), 201);
        let mut tracer = fail(&service, failing);
        let mut refused = Vec::new();
        wait_until("writes fail", || {
            // What another tracer or the system forbids ends the tracer at once.
            if tracer.try_wait().unwrap().is_some() {
                return true;
            }
            let key = format!("broken.{}", kept.len() + refused.len());
            match write(&service, &key) {
                201 => kept.push(key),
                503 => refused.push(key),
                other => panic!("{failing}: {key}: {other}"),
            }
            refused.len() >= 5
        });
        if refused.is_empty() {
            eprintln!("not tried: this system lets nobody trace");
            return;
        }
        wait_until("readiness falls", || probe(&service, "readiness") == 503);
        assert_eq!(probe(&service, "liveness"), 200);
        assert_eq!(status(&service, "GET", "/users/jane", ""), 200);
        tracer.kill().unwrap();
        tracer.wait().unwrap();
        wait_until("readiness comes back", || probe(&service, "readiness") == 200);
        assert_eq!(write(&service, "after"), 201);
        kept.push("after".to_owned());
        for key in &refused {
            assert_eq!(property(&service, key), 404, "{failing}: {key} was refused");
        }
        service.kill_and_restart();
        for key in &kept {
            assert_eq!(property(&service, key), 200, "{failing}: {key} was lost");
        }
    }
}

/// Lets these calls of the running service fail until the tracer is gone.
fn fail(service: &Service, calls: &str) -> Child {
    Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")])
        .args(["-e", &format!("inject={calls}:error=EIO")])
        .args(["-p", &service.process_id().to_string()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn property(service: &Service, key: &str) -> u16 {
    status(service, "GET", &format!("/system/properties/{key}"), "")
}
